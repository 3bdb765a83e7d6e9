//! What may be deleted, and what a policy no longer needs.

use super::{DeleteJob, DeleteRequest};
use crate::cluster::archive::Piece;
use crate::cluster::backup_job::BackupType;
use crate::cluster::backup_set::{BackupSet, FileStatus, SetStatus};
use crate::cluster::profile::Capabilities;
use crate::cluster::tenant::Tenant;

const SET_NOT_ALLOWED: i64 = -9045;
const PIECE_NOT_ALLOWED: i64 = -9069;
const NOT_SUPPORTED: i64 = -4007;

/// Sets of data, or pieces of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Set,
    Piece,
}

impl Kind {
    /// TASK_TYPE.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Set => "BACKUP SET",
            Self::Piece => "BACKUP PIECE",
        }
    }
}

/// One set or piece that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doomed {
    pub(crate) kind: Kind,
    pub(crate) id: u64,
    /// 0 for sets.
    pub(crate) round_id: u64,
    pub(crate) dest_id: u64,
    pub(crate) path: String,
}

impl Doomed {
    fn set(set: &BackupSet) -> Self {
        Self {
            kind: Kind::Set,
            id: set.id,
            round_id: 0,
            dest_id: set.dest_id,
            path: set.path.clone(),
        }
    }

    fn piece(piece: &Piece) -> Self {
        Self {
            kind: Kind::Piece,
            id: piece.id,
            round_id: piece.round_id,
            dest_id: piece.dest_id,
            path: piece.path.clone(),
        }
    }
}

/// RESULT and COMMENT of a refusal.
type Refusal = (i64, String);

impl Tenant {
    /// What a job is to delete.
    pub(super) fn doomed(&self, job: &DeleteJob, capabilities: &Capabilities) -> Result<Vec<Doomed>, Refusal> {
        match &job.request {
            DeleteRequest::Obsolete => Ok(self.obsolete(job.expire, capabilities)),
            DeleteRequest::Ids(Kind::Set, ids) => self.chosen_sets(ids),
            DeleteRequest::Ids(Kind::Piece, ids) => self.chosen_pieces(ids),
            DeleteRequest::All(Kind::Set, path) => {
                let sets = self.backups.sets.iter().filter(|set| set.path == *path);
                let ended = sets.filter(|set| set.status != SetStatus::Doing && !set.is_deleted());
                Ok(ended.map(Doomed::set).collect())
            }
            DeleteRequest::All(Kind::Piece, path) => {
                let pieces = self.archive.pieces.iter().filter(|piece| piece.path == *path);
                let frozen = pieces.filter(|piece| piece.frozen && piece.file_status != FileStatus::Deleted);
                Ok(frozen.map(Doomed::piece).collect())
            }
        }
    }

    /// What is not needed to reach any point in time since `expire`: at the current destinations only, and nothing where no
    /// full backup would be left.
    fn obsolete(&self, expire: i64, capabilities: &Capabilities) -> Vec<Doomed> {
        let Some(policy) = &self.delete_policy else {
            return Vec::new();
        };
        if policy.window() <= 0 {
            return Vec::new();
        }
        let current = self.data_backup_dest.as_ref().map(|dest| dest.identity.as_str());
        let expired = self.backups.sets.iter().rev().filter(|set| {
            let here = current == Some(set.path.as_str()) && !set.is_deleted();
            here && set.ended.is_some_and(|ended| ended <= expire)
        });
        let mut clean_point: Option<&BackupSet> = None;
        let mut doomed = Vec::new();
        for set in expired {
            let has_failed = set.status == SetStatus::Failed || set.file_status == FileStatus::Deleting;
            if has_failed || clean_point.is_some() {
                doomed.push(Doomed::set(set));
            } else if set.backup_type == BackupType::Full && set.is_usable() && self.logs_follow(set, capabilities) {
                clean_point = Some(set);
            }
        }
        doomed.reverse();
        if let Some(clean_point) = clean_point {
            doomed.extend(self.pieces_before(clean_point.start_replay));
        }
        doomed
    }

    /// Newer releases take a full for the one to keep only if its logs are there.
    fn logs_follow(&self, set: &BackupSet, capabilities: &Capabilities) -> bool {
        if !capabilities.deletes_on_demand || set.plus_archivelog {
            return true;
        }
        let rounds = self.archive.finished.iter().chain(&self.archive.round);
        let mut rounds = rounds.filter(|round| round.start <= set.start_replay && set.min_restore <= round.checkpoint);
        rounds.any(|round| {
            let mut pieces = self.archive.pieces.iter().filter(|piece| piece.round_id == round.id);
            pieces.all(|piece| piece.end <= set.start_replay || piece.file_status == FileStatus::Available)
        })
    }

    fn pieces_before(&self, start_replay: i64) -> impl Iterator<Item = Doomed> {
        let dest = self.archive_dests.get(&0).filter(|dest| dest.path.is_some());
        let current = dest.map(|dest| dest.identity.as_str());
        let pieces = self.archive.pieces.iter().filter(move |piece| {
            let here = current == Some(piece.path.as_str()) && piece.file_status != FileStatus::Deleted;
            here && piece.frozen && piece.checkpoint <= start_replay
        });
        pieces.map(Doomed::piece)
    }

    fn chosen_sets(&self, ids: &[u64]) -> Result<Vec<Doomed>, Refusal> {
        let refuse = |id: u64, reason: String| (SET_NOT_ALLOWED, format!("id={id}({reason})"));
        let current = self.data_backup_dest.as_ref().map(|dest| dest.identity.as_str());
        let mut doomed: Vec<Doomed> = Vec::new();
        for &id in ids {
            let set = self.backups.sets.iter().find(|set| set.id == id);
            let set = set.ok_or_else(|| refuse(id, "get set failed".to_owned()))?;
            if set.status == SetStatus::Doing {
                return Err(refuse(id, "status=DOING".to_owned()));
            }
            if set.is_deleted() {
                return Err(refuse(id, "already deleted".to_owned()));
            }
            if current == Some(set.path.as_str()) {
                self.check_current_set(id).map_err(|reason| refuse(id, reason))?;
            }
            if let Some(dependent) = self.dependent(id, ids) {
                return Err(refuse(id, format!("dependent by backup set id={dependent}")));
            }
            doomed.push(Doomed::set(set));
        }
        one_destination(doomed)
    }

    /// At the destination in use, the newest full and what follows it stay.
    fn check_current_set(&self, id: u64) -> Result<(), String> {
        if self.delete_policy.is_some() {
            return Err("cannot delete backup set in current path when delete policy is set".to_owned());
        }
        match self.full_to_add_to() {
            None => Err("no full backup exists".to_owned()),
            Some(full) if id >= full.id => Err(format!("newer than latest full backupset id={}", full.id)),
            Some(_) => Ok(()),
        }
    }

    /// The first set that needs this one, and is not to go with it.
    fn dependent(&self, id: u64, ids: &[u64]) -> Option<u64> {
        let mut sets = self.backups.sets.iter().filter(|set| set.is_usable());
        let dependent = sets.find(|set| {
            let needs = set.previous_full_id == id || set.previous_incremental_id == id;
            needs && !ids.contains(&set.id)
        });
        dependent.map(|set| set.id)
    }

    fn chosen_pieces(&self, ids: &[u64]) -> Result<Vec<Doomed>, Refusal> {
        let refuse = |id: u64, reason: &str| (PIECE_NOT_ALLOWED, format!("id={id}({reason})"));
        let mut doomed = Vec::new();
        for &id in ids {
            let piece = self.archive.pieces.iter().find(|piece| piece.id == id);
            let piece = piece.ok_or_else(|| refuse(id, "not exist"))?;
            if !piece.frozen {
                return Err(refuse(id, "is active piece"));
            }
            if piece.file_status == FileStatus::Deleted {
                return Err(refuse(id, "already deleted"));
            }
            doomed.push(Doomed::piece(piece));
        }
        one_destination(doomed)
    }
}

fn one_destination(doomed: Vec<Doomed>) -> Result<Vec<Doomed>, Refusal> {
    let first = doomed.first().map(|doomed| doomed.dest_id);
    if doomed.iter().any(|doomed| Some(doomed.dest_id) != first) {
        return Err((NOT_SUPPORTED, "delete from multiple dest is not supported".to_owned()));
    }
    Ok(doomed)
}

//! `oceanbase_restore_window`: to which moments a tenant can be restored.
//!
//! Reads `CDB_OB_BACKUP_SET_FILES` and `CDB_OB_ARCHIVELOG_PIECE_FILES`.

use crate::{
    cluster::{
        Error, Snapshot, TenantName,
        records::{ArchiveHistory, ArchivePiece, BackupSet, BackupSets},
    },
    queried::Query,
    restorability::{self, Window},
    values::scn::Scn,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// To which moments a tenant can be restored, by what the cluster's views say of its backup sets and its archived log. The files
/// themselves are not looked at.
///
/// The end of the last window moves with every read: in an output it makes every plan differ. With `covers` and a
/// postcondition or a `check` block a plan shows that a moment is no longer restorable.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// The tenant.
    pub tenant: TenantName,
    /// A moment as RFC 3339, such as `2025-11-20T11:00:00Z`: sets `covered`.
    pub covers: Option<String>,
    /// Whether the tenant can be restored to the moment that `covers` names; null when it names none.
    #[schemars(extend("readOnly" = true))]
    pub covered: Option<bool>,
    /// Whether there is any moment to restore to.
    #[schemars(extend("readOnly" = true))]
    pub restorable: Option<bool>,
    /// Begin of the first window as RFC 3339 in UTC; null when there is none.
    #[schemars(extend("readOnly" = true))]
    pub earliest_at: Option<String>,
    /// End of the last window as RFC 3339 in UTC; null when there is none.
    #[schemars(extend("readOnly" = true))]
    pub latest_at: Option<String>,
    /// The tenant can be restored to every moment in one of these; earliest first.
    #[schemars(extend("readOnly" = true))]
    pub windows: Option<Vec<Stretch>>,
    /// Between two windows: moments that are lost.
    #[schemars(extend("readOnly" = true))]
    pub gaps: Option<Vec<Gap>>,
}

/// A window.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Stretch {
    /// First SCN, in nanoseconds since 1970.
    #[schemars(extend("readOnly" = true))]
    pub from_scn: Scn,
    /// `from_scn` as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub from_at: String,
    /// Last SCN, in nanoseconds since 1970.
    #[schemars(extend("readOnly" = true))]
    pub to_scn: Scn,
    /// `to_scn` as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub to_at: String,
    /// The backup sets that a restore to some moment in it can start from.
    #[schemars(extend("readOnly" = true))]
    pub backup_set_ids: Vec<i64>,
}

/// Moments between two windows.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Gap {
    /// The last moment before it that can be restored, as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub after: String,
    /// The first moment after it that can be restored, as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub before: String,
}

/// The data source.
pub struct RestoreWindow;

impl Query for RestoreWindow {
    const NAME: &'static str = "oceanbase_restore_window";
    type Model = Model;
    type Records = (Arc<BackupSets>, Arc<ArchiveHistory>);

    fn validate(model: &Model) -> Diagnostics {
        match asked(model) {
            Ok(_) => Diagnostics::none(),
            Err(diagnostic) => (*diagnostic).into(),
        }
    }

    fn answer(
        model: Model,
        snapshot: &Snapshot,
        (sets, history): &(Arc<BackupSets>, Arc<ArchiveHistory>),
    ) -> Result<Model, Error> {
        let id = snapshot.tenant_named(&model.tenant)?.id;
        let sets: Vec<&BackupSet> = sets.of(id).iter().collect();
        let pieces: Vec<&ArchivePiece> = history.pieces_of(id).iter().collect();
        let windows = restorability::windows(&sets, &pieces);
        // What is no moment was refused before.
        let asked = asked(&model).ok().flatten();
        let gap = |pair: &[Window]| {
            let [one, next] = pair else { return None };
            Some(Gap {
                after: shown(one.to),
                before: shown(next.from),
            })
        };
        Ok(Model {
            covered: asked.map(|scn| windows.iter().any(|window| (window.from..=window.to).contains(&scn))),
            restorable: Some(!windows.is_empty()),
            earliest_at: windows.first().map(|window| shown(window.from)),
            latest_at: windows.last().map(|window| shown(window.to)),
            gaps: Some(windows.windows(2).filter_map(gap).collect()),
            windows: Some(windows.into_iter().map(stretch).collect()),
            ..model
        })
    }
}

/// The moment that `covers` names.
fn asked(model: &Model) -> Result<Option<Scn>, Box<Diagnostic>> {
    let Some(text) = &model.covers else { return Ok(None) };
    let time = text.parse::<Timestamp>().ok().and_then(|time| Scn::try_from(time).ok());
    time.map(Some).ok_or_else(|| {
        Box::new(
            Diagnostic::error(
                "Invalid `covers`",
                format!(
                    "A moment as RFC 3339 with its offset is expected, such as `2025-11-20T11:00:00Z`; got `{text}`."
                ),
            )
            .at(AttributePath::root().child("covers")),
        )
    })
}

fn shown(scn: Scn) -> String {
    scn.time().to_string()
}

fn stretch(window: Window) -> Stretch {
    Stretch {
        from_scn: window.from,
        from_at: shown(window.from),
        to_scn: window.to,
        to_at: shown(window.to),
        backup_set_ids: window.set_ids,
    }
}

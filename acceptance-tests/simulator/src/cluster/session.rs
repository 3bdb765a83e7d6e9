//! What the cluster remembers of a session: some statements have no other effect than on those after them.

use crate::answer::ServerError;

/// One session's memory. A new session has an empty one.
#[derive(Debug, Clone, Default)]
pub struct SessionMemory {
    /// SET ENCRYPTION was sent. The password itself matters to no view.
    pub(super) encrypts_backups: bool,
    /// What `SHOW WARNINGS` tells of the last statement, which succeeded.
    pub(super) warning: Option<ServerError>,
}

impl SessionMemory {
    /// What `SHOW WARNINGS` tells of the last statement, if that succeeded.
    pub(crate) fn take_warning(&mut self) -> Option<ServerError> {
        self.warning.take()
    }
}

//! What a run sends.

use super::{Identity, Model};
use crate::{
    backup::{
        Request, STARTS_WITHIN,
        conditions::{ARCHIVING, RUNNING_BACKUP},
        course::Run,
        protection,
    },
    cluster::{JOB_STATEMENT_LIMIT, Kind, Scope, Statement},
    managed_resource::{Context, Step},
};

/// Makes the backup.
pub(super) fn starting(model: &Model, scope: Scope<'_>, identity: &Identity, context: &Context<'_>) -> Step {
    let request = Request {
        scope,
        kind: model.kind,
        plus_archivelog: model.plus_archivelog,
        description: model.description.as_deref(),
    };
    let statement = request.statement(&identity.token(model.kind), context.viewpoint);
    // A job that began in between is ours, or is waited for.
    let step = Step::new("the backup", statement)
        .within(JOB_STATEMENT_LIMIT)
        .looked_for(STARTS_WITHIN)
        .not_yet(Kind::BackupInProgress, RUNNING_BACKUP)
        .not_yet(Kind::BackupNeedsArchive, ARCHIVING);
    match &model.password_wo {
        Some(password) => step.prepared_by(protection(password)),
        None => step,
    }
}

/// Ends the backups of the tenants that `sys` names; before it knows them, of all.
pub(super) fn cancelling(model: &Model, run: Option<&Run>, context: &Context<'_>) -> Statement {
    let statement = Statement::new("ALTER SYSTEM CANCEL BACKUP");
    let tenants = match &model.tenant {
        Some(tenant) => vec![tenant.clone()],
        None => run.map_or_else(Vec::new, Run::tenants),
    };
    statement.for_tenants(&tenants, context.viewpoint)
}

//! Reads views, each whole and by the columns that are used.

use super::{
    error::{Error, Kind, Retry},
    pool::Pool,
    row::Row,
    session::{Purpose, Session},
    statement::Statement,
    tenant::Viewpoint,
};
use std::time::Duration;

/// A pair of views: from sys, of all tenants, with the column `TENANT_ID`; from a user tenant, of itself.
#[derive(Clone, Copy)]
pub struct View {
    pub(super) of_all: &'static str,
    pub(super) of_own: &'static str,
    pub(super) columns: &'static str,
    pub(super) condition: &'static str,
}

/// How long to leave the server alone when it asks to try again.
const MOMENT: Duration = Duration::from_millis(200);

/// Reads, and once again if a connection is lost meanwhile or the server asks to try again: reading does no harm.
/// What happens twice is no accident, and is reported.
pub(super) async fn twice_at_most<T, F>(pool: &Pool, attempt: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match attempt().await {
        Err(error) if matches!(error, Error::Lost { .. }) || may_pass(&error) => {
            // What cut one of them has probably cut those at rest, too.
            pool.forget_idle();
            if may_pass(&error) {
                tokio::time::sleep(MOMENT).await;
            }
            attempt().await
        }
        answer => answer,
    }
}

/// With 4012 the server also says that a leader moved. A change may have been made by then, a reading changes nothing.
fn may_pass(error: &Error) -> bool {
    error.retry() != Retry::Never || error.kind() == Some(Kind::Timeout)
}

/// Who reads, and how long one view may take.
pub(super) struct Reader<'a> {
    pub(super) viewpoint: &'a Viewpoint,
    pub(super) limit: Duration,
}

impl Reader<'_> {
    /// Begins a query that the server, too, gives up in time: sessions leave that to each statement.
    pub(super) fn select(&self) -> Statement {
        let micros = i64::try_from(self.limit.as_micros()).unwrap_or(i64::MAX);
        Statement::new("SELECT /*+ QUERY_TIMEOUT(").integer(micros).sql(") */ ")
    }

    pub(super) async fn read(
        &self,
        session: &mut Session,
        source: &str,
        statement: Statement,
    ) -> Result<Vec<Row>, Error> {
        let attempted = "reading the state of the cluster";
        let purpose = Purpose {
            attempted,
            source,
            limit: self.limit,
            writes: false,
        };
        session.query(&statement, purpose).await
    }

    /// The `CDB_` view of all tenants, or the `DBA_` view of the login's own.
    pub(super) async fn read_view(&self, session: &mut Session, view: View) -> Result<Vec<Row>, Error> {
        let (owner, name) = match self.viewpoint {
            Viewpoint::Sys => ("TENANT_ID, ", view.of_all),
            Viewpoint::User(_) => ("", view.of_own),
        };
        let statement = self
            .select()
            .sql(owner)
            .sql(view.columns)
            .sql(" FROM oceanbase.")
            .sql(name)
            .sql(view.condition);
        self.read(session, name, statement).await
    }
}

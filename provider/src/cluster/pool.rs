//! A few sessions, opened when needed and used again.

use super::{
    error::Error,
    session::{Login, Session},
};
use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// After this long without a statement, a session is asked whether it is still there before a write: a statement that
/// fails on a dead one cannot be told from one that was carried out.
const DOUBT_AFTER: Duration = Duration::from_secs(2);

pub(super) struct Pool {
    login: Login,
    idle: Mutex<Vec<Session>>,
    permits: Semaphore,
}

impl Pool {
    pub(super) fn new(login: Login, max_connections: usize) -> Self {
        Self {
            login,
            idle: Mutex::default(),
            permits: Semaphore::new(max_connections.clamp(1, Semaphore::MAX_PERMITS)),
        }
    }

    /// A turn to use a session, as soon as there is one.
    pub(super) async fn turn(&self) -> Turn<'_> {
        Turn {
            pool: self,
            permit: self.permits.acquire().await.expect("the semaphore is never closed"),
        }
    }

    /// A turn to use a session, if one is free now.
    pub(super) fn try_turn(&self) -> Option<Turn<'_>> {
        Some(Turn {
            pool: self,
            permit: self.permits.try_acquire().ok()?,
        })
    }

    /// Forgets the sessions at rest, after one of them turned out to be dead.
    pub(super) fn forget_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn take_idle(&self) -> Option<Session> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// The right to one of the connections.
pub(super) struct Turn<'a> {
    pool: &'a Pool,
    permit: SemaphorePermit<'a>,
}

impl<'a> Turn<'a> {
    /// A session at rest, or else a new one.
    pub(super) async fn session(self) -> Result<Lease<'a>, Error> {
        match self.pool.take_idle() {
            Some(session) => Ok(self.lease(session)),
            None => self.new_session().await,
        }
    }

    /// A session that was alive a moment ago.
    pub(super) async fn living_session(self) -> Result<Lease<'a>, Error> {
        while let Some(mut session) = self.pool.take_idle() {
            if session.idle_for() < DOUBT_AFTER || session.is_alive(self.pool.login.connect_timeout).await {
                return Ok(self.lease(session));
            }
        }
        self.new_session().await
    }

    /// A session as someone else, for one use.
    pub(super) async fn session_as(self, login: &Login) -> Result<ForeignSession<'a>, Error> {
        Ok(ForeignSession {
            session: Session::connect(login).await?,
            _permit: self.permit,
        })
    }

    async fn new_session(self) -> Result<Lease<'a>, Error> {
        let session = Session::connect(&self.pool.login).await?;
        Ok(self.lease(session))
    }

    fn lease(self, session: Session) -> Lease<'a> {
        Lease {
            pool: self.pool,
            session: Some(session),
            _permit: self.permit,
        }
    }
}

/// A session on loan. It goes back unless an answer is outstanding.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    session: Option<Session>,
    _permit: SemaphorePermit<'a>,
}

impl Deref for Lease<'_> {
    type Target = Session;
    fn deref(&self) -> &Session {
        self.session.as_ref().expect("taken by drop only")
    }
}

impl DerefMut for Lease<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("taken by drop only")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take().filter(Session::is_usable) {
            self.pool
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(session);
        }
    }
}

/// A session that is closed after use.
pub(super) struct ForeignSession<'a> {
    pub(super) session: Session,
    _permit: SemaphorePermit<'a>,
}

//! What is read once for everyone who asks.

use super::{
    error::Error,
    tenant::{Scope, TenantName},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// How long a refused or impossible login answers for later reads: a thousand resources must not wait a thousand times
/// for the same dead host, nor try a wrong password until the account is locked.
const UNREACHABLE_FOR: Duration = Duration::from_secs(30);

/// A moment in the life of a [`Cluster`](super::Cluster); later moments are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Stamp(u64);

/// How fresh an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Any one of this run, unless something was written since.
    Any,
    /// Any one of this run whose reading started after this moment.
    Since(Stamp),
    /// One whose reading started after this moment.
    After(Stamp),
}

/// Tells moments apart, and remembers those of the last writes.
pub(super) struct Clock {
    next: AtomicU64,
    last_write: AtomicU64,
    last_write_to_all: AtomicU64,
    last_writes: Mutex<HashMap<TenantName, Stamp>>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            // The first moment is later than the default, which stands for the beginning of time.
            next: AtomicU64::new(1),
            last_write: AtomicU64::new(0),
            last_write_to_all: AtomicU64::new(0),
            last_writes: Mutex::default(),
        }
    }
}

impl Clock {
    pub(super) fn now(&self) -> Stamp {
        Stamp(self.next.fetch_add(1, Ordering::SeqCst))
    }

    pub(super) fn last_write(&self) -> Stamp {
        Stamp(self.last_write.load(Ordering::SeqCst))
    }

    /// When something was last sent that changes these tenants.
    pub(super) fn last_write_to(&self, scope: Scope<'_>) -> Stamp {
        match scope {
            Scope::AllTenants => self.last_write(),
            Scope::Tenant(tenant) => {
                let to_all = Stamp(self.last_write_to_all.load(Ordering::SeqCst));
                self.last_writes().get(tenant).copied().unwrap_or_default().max(to_all)
            }
        }
    }

    fn mark_write(&self, scope: Scope<'_>) {
        let now = self.now();
        self.last_write.fetch_max(now.0, Ordering::SeqCst);
        match scope {
            Scope::AllTenants => {
                self.last_write_to_all.fetch_max(now.0, Ordering::SeqCst);
            }
            Scope::Tenant(tenant) => {
                self.last_writes().insert(tenant.clone(), now);
            }
        }
    }

    fn last_writes(&self) -> MutexGuard<'_, HashMap<TenantName, Stamp>> {
        self.last_writes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes what was read stale, from before a statement is sent until after it was answered, or given up.
pub(super) struct WriteMark<'a> {
    clock: &'a Clock,
    scope: Scope<'a>,
}

impl<'a> WriteMark<'a> {
    pub(super) fn new(clock: &'a Clock, scope: Scope<'a>) -> Self {
        clock.mark_write(scope);
        Self { clock, scope }
    }
}

impl Drop for WriteMark<'_> {
    fn drop(&mut self) {
        self.clock.mark_write(self.scope);
    }
}

/// The last answer to a question that many ask.
pub struct Shared<T> {
    known: Mutex<Known<T>>,
    /// Held by the one who reads; the others wait for the same answer.
    flight: tokio::sync::Mutex<()>,
}

struct Known<T> {
    answer: Option<(Stamp, Arc<T>)>,
    failure: Option<Failure>,
}

struct Failure {
    at: Stamp,
    when: Instant,
    error: Error,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            known: Mutex::new(Known {
                answer: None,
                failure: None,
            }),
            flight: tokio::sync::Mutex::default(),
        }
    }
}

impl<T> Shared<T> {
    /// The answer, read anew when the last one is too old. Callers that wait at the same time share one reading, and its
    /// failure.
    pub(super) async fn get<R: Future<Output = Result<T, Error>>>(
        &self,
        clock: &Clock,
        freshness: Freshness,
        read: impl FnOnce() -> R,
    ) -> Result<Arc<T>, Error> {
        let arrival = clock.now();
        if let Some(answer) = self.known_answer(clock, freshness, arrival) {
            return answer;
        }
        // In a box: a reading keeps tens of kilobytes, which everyone who finds an answer would carry along, too.
        Box::pin(async {
            let _flight = self.flight.lock().await;
            if let Some(answer) = self.known_answer(clock, freshness, arrival) {
                return answer;
            }
            let started = clock.now();
            let answer = read().await;
            self.keep(clock, started, answer)
        })
        .await
    }

    /// The answer that is there already: one that is fresh enough, or the failure of a reading that was waited for.
    fn known_answer(&self, clock: &Clock, freshness: Freshness, arrival: Stamp) -> Option<Result<Arc<T>, Error>> {
        let known = self.known();
        let since = match freshness {
            Freshness::Any => clock.last_write(),
            Freshness::Since(stamp) | Freshness::After(stamp) => stamp,
        };
        if let Some((started, answer)) = &known.answer
            && *started > since
        {
            return Some(Ok(answer.clone()));
        }
        let failure = known.failure.as_ref()?;
        let is_recent = failure.when.elapsed() < UNREACHABLE_FOR;
        let any_will_do = !matches!(freshness, Freshness::After(_));
        // A host may come to life meanwhile, and whoever waits for something fresh looks again; a password does not get better.
        let would_fail_again = failure.error.is_refused_login() || (any_will_do && failure.error.is_unreachable());
        (failure.at > arrival || (is_recent && would_fail_again)).then(|| Err(failure.error.clone()))
    }

    fn keep(&self, clock: &Clock, started: Stamp, answer: Result<T, Error>) -> Result<Arc<T>, Error> {
        let mut known = self.known();
        match answer {
            Ok(answer) => {
                let answer = Arc::new(answer);
                known.answer = Some((started, answer.clone()));
                known.failure = None;
                Ok(answer)
            }
            Err(error) => {
                known.failure = Some(Failure {
                    at: clock.now(),
                    when: Instant::now(),
                    error: error.clone(),
                });
                Err(error)
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

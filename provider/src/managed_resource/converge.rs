//! The loop that brings a managed resource to its goal.

use super::{
    Diff, Ending, Farewell, Goal, ManagedResource, Pending, context_of,
    failure::{Failure, Left, Shortfall},
    precondition::Verdict,
    step::Step,
};
use crate::{
    cluster::{Cluster, Error, Freshness, Retry, Scope, Snapshot},
    provider::Configured,
    queried::look,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// Where [`converge`] arrived.
#[derive(Debug)]
pub struct Reached<O> {
    /// What the views said of the object before anything was sent.
    pub found: Option<O>,
    /// What the views say of the object.
    pub observed: Option<O>,
    /// How the cluster is configured.
    pub snapshot: Arc<Snapshot>,
}

/// The first pause between two looks at the cluster; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// How long a cluster that answered before may be out of reach; an observer restarts within it.
const LONGEST_OUTAGE: Duration = Duration::from_secs(60);

/// What a statement that was sent, and got no answer, may have done.
const NO_ANSWER: &str = "the effect of a statement that got no answer";

/// Between two attempts while a leader moves or a lock is held; completes "waiting for …".
const CLUSTER_BUSY: &str = "the cluster, which was busy or changing its leader";

/// Sends only what `diff` asks for, and looks again after every step.
///
/// A view may lag behind the statement that changes it, so statements already sent are awaited rather than repeated,
/// until the deadline.
pub async fn converge<R: ManagedResource>(
    cluster: &Cluster,
    configured: &Configured,
    goal: Goal<'_, R::Model>,
    identity: &R::Identity,
    pending: Pending,
    deadline: Instant,
) -> Result<Reached<R::Observed>, Shortfall> {
    let mut progress = Progress {
        pending,
        ..Progress::default()
    };
    let reached = approach::<R>(cluster, configured, goal, identity, &mut progress, deadline).await;
    match reached {
        Ok(reached) => Ok(reached),
        Err(failure) => {
            let failure = match failure {
                Failure::Interrupted(..) => part::<R>(cluster, identity, &mut progress).await,
                failure => failure,
            };
            Err(Shortfall {
                failure,
                carried_out: progress.carried_out,
            })
        }
    }
}

/// Does what is left to do after an interrupt.
async fn part<R: ManagedResource>(cluster: &Cluster, identity: &R::Identity, progress: &mut Progress) -> Failure {
    let ending = progress.farewell.as_mut().and_then(|farewell| farewell.ending.take());
    let Some(Ending { step, advice }) = ending else {
        return Failure::Interrupted(progress.waiting_for, progress.left());
    };
    let scope = R::scope(identity);
    let attempted = format!("{} of {scope}", step.attempted);
    let sending = cluster.execute_in_the_end(scope, &step.statement, SHORTEST_STATEMENT, &attempted);
    match sending.await {
        Ok(_) => {
            progress.carried_out.push(step);
            Failure::Interrupted(progress.waiting_for, Left::Begun(advice))
        }
        Err(error) => Failure::NotEnded(error),
    }
}

/// What was done, and what no view shows of what is still to be done.
#[derive(Default)]
struct Progress {
    pending: Pending,
    carried_out: Vec<Step>,
    /// Steps that got no answer, or one that says nothing, so that only the views know whether they were carried out.
    unanswered: Vec<(Step, Error)>,
    /// Until then the last of them is looked for, and not sent again.
    quiet_until: Option<Instant>,
    /// What is waited for; completes "waiting for …".
    waiting_for: Option<&'static str>,
    /// What becomes of what was begun, as things stand.
    farewell: Option<Farewell>,
    /// How far the cluster was when that was last told.
    told: Option<String>,
}

impl Progress {
    /// Whether the server may still be at work on one of these steps.
    fn may_still_run(&self, steps: &[Step]) -> bool {
        let is_quiet = self.quiet_until.is_some_and(|until| Instant::now() < until);
        is_quiet && steps.iter().any(|step| self.is_unanswered(step))
    }

    fn has_begun(&self) -> bool {
        !(self.carried_out.is_empty() && self.unanswered.is_empty())
    }

    /// What is left behind when nobody waits any more.
    fn left(&self) -> Left {
        match &self.farewell {
            Some(farewell) => Left::Begun(farewell.advice.clone()),
            None if self.has_begun() => Left::Statements,
            None => Left::Nothing,
        }
    }

    fn is_unanswered(&self, step: &Step) -> bool {
        self.unanswered.iter().any(|(unanswered, _)| unanswered == step)
    }

    /// What became of a step that is not sent again.
    fn failure(&mut self, step: &Step, error: Error) -> Failure {
        match self.unanswered.iter().position(|(unanswered, _)| unanswered == step) {
            Some(position) => Failure::SecondAttempt {
                first: self.unanswered.swap_remove(position).1,
                second: error,
            },
            None => error.into(),
        }
    }

    /// Tells how far the cluster is, when that is news.
    fn tell<R: ManagedResource>(&mut self, identity: &R::Identity, observed: Option<&R::Observed>) {
        let now = observed.and_then(R::progress);
        if let Some(progress) = now.as_ref().filter(|now| self.told.as_ref() != Some(now)) {
            tracing::info!(resource = R::NAME, %identity, %progress, "under way");
        }
        self.told = now;
    }

    /// What got no answer and is not asked for any more was carried out.
    fn learn_from(&mut self, diff: &Diff) {
        let wanted: &[Step] = match diff {
            Diff::Refuse(_) => return,
            Diff::Apply(steps) => steps,
            Diff::InSync | Diff::Settling(_) | Diff::Failed(..) => &[],
        };
        for (step, _) in &self.unanswered {
            if !wanted.contains(step) && !self.carried_out.contains(step) {
                self.carried_out.push(step.clone());
            }
        }
    }
}

async fn approach<R: ManagedResource>(
    cluster: &Cluster,
    configured: &Configured,
    goal: Goal<'_, R::Model>,
    identity: &R::Identity,
    progress: &mut Progress,
    deadline: Instant,
) -> Result<Reached<R::Observed>, Failure> {
    let mut sent: Vec<Step> = Vec::new();
    let mut pause = FIRST_PAUSE;
    let mut last_answer = None;
    let mut found = None;
    let mut is_first = true;
    loop {
        let late = Instant::now() >= deadline;
        // Held while looking and sending, not while waiting: what is waited for can take minutes, and the next look
        // starts from what is there then.
        let turn = cluster.lock(R::scope(identity)).await?;
        match look::<R::Records>(cluster, Freshness::After(cluster.now())).await {
            Err(error) if passes(&error) && !late => {}
            // Reading does no harm, and the cluster was there a moment ago: what was sent is worth waiting for.
            Err(error) if is_unanswered(&error) && is_recent(last_answer) && !late => {}
            Err(error) => return Err(error.into()),
            Ok((snapshot, records)) => {
                last_answer = Some(Instant::now());
                let observed = R::observe(&snapshot, &records, identity)?;
                let context = context_of(cluster, &snapshot, configured);
                if std::mem::take(&mut is_first) {
                    progress.pending.past_jobs = observed.as_ref().map(R::past_jobs).unwrap_or_default();
                }
                let diff = R::diff(goal, &progress.pending, observed.as_ref(), &context);
                progress.learn_from(&diff);
                progress.tell::<R>(identity, observed.as_ref());
                progress.farewell = R::farewell(goal, observed.as_ref(), progress.has_begun(), &context);
                progress.waiting_for = match &diff {
                    Diff::Settling(waiting_for) => Some(waiting_for),
                    _ => progress.waiting_for,
                };
                match diff {
                    Diff::InSync => {
                        return Ok(Reached {
                            found,
                            observed,
                            snapshot,
                        });
                    }
                    Diff::Refuse(reason) => return Err(Failure::Refused(reason)),
                    Diff::Failed(steps, reason) => {
                        progress.carried_out.retain(|step| !steps.contains(step));
                        return Err(Failure::Refused(reason));
                    }
                    Diff::Settling(waiting_for) if late => return Err(Failure::Late(waiting_for, progress.left())),
                    Diff::Apply(steps) if late && steps == sent => return Err(Failure::NoEffect),
                    Diff::Apply(steps) if late && steps.iter().all(|step| progress.is_unanswered(step)) => {
                        return Err(Failure::Late(NO_ANSWER, progress.left()));
                    }
                    Diff::Apply(steps) if late && !(sent.is_empty() && progress.unanswered.is_empty()) => {
                        return Err(Failure::NotSent(steps));
                    }
                    Diff::Apply(steps) if steps != sent && !progress.may_still_run(&steps) => {
                        let farewell = R::farewell(goal, observed.as_ref(), true, &context);
                        found = found.or(observed);
                        let sending = send(cluster, &snapshot, R::scope(identity), &steps, progress, deadline).await?;
                        if matches!(sending, Sent::All | Sent::Unanswered) {
                            progress.farewell = farewell;
                        }
                        match sending {
                            Sent::All => {
                                sent = steps;
                                pause = FIRST_PAUSE;
                                progress.waiting_for = None;
                                continue;
                            }
                            Sent::NotYet(waiting_for, error) if late => {
                                return Err(Failure::StillRefused(waiting_for, error));
                            }
                            Sent::Held(waiting_for) if late => {
                                return Err(Failure::Late(waiting_for, progress.left()));
                            }
                            Sent::NotYet(waiting_for, _) | Sent::Held(waiting_for) => {
                                progress.waiting_for = Some(waiting_for);
                            }
                            Sent::Unanswered => progress.waiting_for = None,
                        }
                    }
                    Diff::Apply(_) | Diff::Settling(_) => {}
                }
            }
        }
        drop(turn);
        tokio::select! {
            biased;
            () = cluster.cancelled().cancelled() => return Err(Failure::Interrupted(progress.waiting_for, progress.left())),
            () = sleep(pause.min(deadline.saturating_duration_since(Instant::now()))) => {}
        }
        pause = (pause * 2).min(R::LONGEST_PAUSE);
    }
}

/// Whether the cluster answered so lately that its silence may be a restart, or a leader that moves.
fn is_recent(last_answer: Option<Instant>) -> bool {
    last_answer.is_some_and(|at| at.elapsed() < LONGEST_OUTAGE)
}

enum Sent {
    All,
    NotYet(&'static str, Error),
    /// Something has to come about first.
    Held(&'static str),
    /// Whether the statement was carried out is to be seen before anything else is sent: the connection was lost, or the answer
    /// leaves it open.
    Unanswered,
}

async fn send(
    cluster: &Cluster,
    snapshot: &Snapshot,
    scope: Scope<'_>,
    steps: &[Step],
    progress: &mut Progress,
    deadline: Instant,
) -> Result<Sent, Failure> {
    // All of them first, so that nothing is done by halves.
    let freshness = Freshness::After(cluster.now());
    for precondition in steps.iter().filter_map(|step| step.precondition.as_ref()) {
        match precondition.look(cluster, snapshot, scope, freshness).await {
            Ok(Verdict::Met | Verdict::Doubtful(_)) => {}
            Ok(Verdict::NotYet(waiting_for)) => return Ok(Sent::Held(waiting_for)),
            Ok(Verdict::Unless(reason) | Verdict::Never(reason)) => return Err(Failure::Refused(reason)),
            Err(error) if passes(&error) || is_unanswered(&error) => return Ok(Sent::NotYet(CLUSTER_BUSY, error)),
            Err(error) => return Err(error.into()),
        }
    }
    for step in steps {
        let attempted = format!("{} of {scope}", step.attempted);
        let limit = deadline
            .saturating_duration_since(Instant::now())
            .max(SHORTEST_STATEMENT)
            .min(step.within.unwrap_or(Duration::MAX));
        let answer = match (&step.in_tenant, &step.prepared_by) {
            (Some(tenant), _) => {
                cluster
                    .execute_in_tenant(tenant, &step.statement, limit, &attempted)
                    .await
            }
            (None, Some(preparation)) => {
                cluster
                    .execute_prepared(scope, preparation, &step.statement, limit, &attempted)
                    .await
            }
            (None, None) => cluster.execute(scope, &step.statement, limit, &attempted).await,
        };
        match answer {
            Ok(_) => progress.carried_out.push(step.clone()),
            // Before it was sent: no answer, and nothing to look for.
            Err(error @ Error::Cancelled { .. }) => return Err(error.into()),
            Err(error) => {
                let (kind, number) = (error.kind(), error.server_error_number());
                if let Some((doubtful, meaning)) = step.doubtful
                    && kind == Some(doubtful)
                {
                    if progress.is_unanswered(step) {
                        return Err(Failure::Explained(error, meaning));
                    }
                    progress.unanswered.push((step.clone(), error));
                    progress.quiet_until = Some(Instant::now() + step.looked_for);
                    return Ok(Sent::Unanswered);
                }
                let later = step.not_yet.iter().find(|(later, _)| kind == Some(*later));
                match later {
                    Some((_, waiting_for)) => return Ok(Sent::NotYet(waiting_for, error)),
                    _ if passes(&error) => return Ok(Sent::NotYet(CLUSTER_BUSY, error)),
                    _ if number.is_some_and(|number| step.done_already.contains(&number)) => {}
                    // Once for each statement: one that ends the connection every time must not be sent for half an hour.
                    _ if may_be_sent_again(&error) && Instant::now() < deadline && !progress.is_unanswered(step) => {
                        progress.quiet_until = error.maybe_applied().then(|| Instant::now() + step.looked_for);
                        progress.unanswered.push((step.clone(), error));
                        return Ok(Sent::Unanswered);
                    }
                    _ => return Err(progress.failure(step, error)),
                }
            }
        }
        if let Some(change) = step.settles {
            progress.pending.changes.remove(change);
        }
        if let Some(change) = step.raises {
            progress.pending.changes.insert(change);
        }
    }
    Ok(Sent::All)
}

/// Whether the server said that it passes by itself.
fn passes(error: &Error) -> bool {
    matches!(error.retry(), Retry::Later | Retry::LaterElsewhere)
}

/// Whether nothing was sent, or no one knows whether it was carried out.
fn is_unanswered(error: &Error) -> bool {
    error.is_out_of_reach() || error.maybe_applied()
}

/// Whether another look decides what comes next. Statements are harmless when they are sent twice; a refused login is not,
/// since it counts towards locking the account.
fn may_be_sent_again(error: &Error) -> bool {
    is_unanswered(error) || error.retry() == Retry::OnceElsewhere
}

/// A statement that is sent just before the deadline still gets this long to be answered, since a statement without
/// an answer leaves us not knowing whether it was carried out.
const SHORTEST_STATEMENT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cluster::{
            Statement,
            tests::{healthy::healthy, server::Server},
        },
        managed_resource::tests::{block, configured},
        provider::Connection,
    };
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn an_interrupt_is_no_answer_to_a_second_attempt() {
        let server = Server::start(healthy).await;
        let cancelled = CancellationToken::new();
        let configured = configured(&block(&server), &cancelled);
        let Connection::Ready(cluster) = &configured.connection else {
            panic!("the provider block is wholly known");
        };
        let snapshot = cluster.snapshot(Freshness::Any).await.unwrap();
        cancelled.cancel();
        let step = Step::new("the backup", Statement::new("ALTER SYSTEM BACKUP"));
        let lost = || Error::Lost {
            attempted: "the backup of t1".to_owned(),
            maybe_applied: true,
            statement: step.statement.to_string(),
            reason: "end of file".to_owned(),
        };
        for unanswered in [Vec::new(), vec![(step.clone(), lost())]] {
            let has_begun = !unanswered.is_empty();
            let mut progress = Progress {
                unanswered,
                ..Progress::default()
            };
            let steps = [step.clone()];
            let sending = send(
                cluster,
                &snapshot,
                Scope::AllTenants,
                &steps,
                &mut progress,
                Instant::now(),
            );
            let failure = sending.await.err();
            assert!(matches!(failure, Some(Failure::Interrupted(..))), "{failure:?}");
            assert_eq!(progress.has_begun(), has_begun);
        }
    }

    #[test]
    fn a_cluster_that_never_answered_or_long_ago_is_not_waited_for() {
        let now = Instant::now();
        assert!(!is_recent(None));
        assert!(is_recent(Some(now)));
        assert!(!is_recent(now.checked_sub(LONGEST_OUTAGE)));
    }
}

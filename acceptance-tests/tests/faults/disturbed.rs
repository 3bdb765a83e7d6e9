//! One operation, disturbed at one point, and what the next apply makes of it.

use crate::course::{Course, Sent, lasting, picture};
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::server::Effect;
use serde_json::Value as Json;
use std::time::Duration;
use tfplugin::Value;

/// Far longer than any of it takes.
const STRIKES_WITHIN: Duration = Duration::from_secs(60);

/// A statement, and what happens to it.
pub(crate) struct Point<'a> {
    pub(crate) course: &'a Course,
    pub(crate) sent: &'a Sent,
    /// Cut the connection, refuse, or hold the answer back and kill the provider meanwhile.
    pub(crate) effect: Effect,
    /// How many times in a row: a statement that got no answer is sent once more.
    pub(crate) strikes: usize,
}

impl Point<'_> {
    pub(crate) fn title(&self) -> String {
        let Self {
            course, sent, effect, ..
        } = self;
        format!(
            "{} on {} as {:?}: {effect:?} number {} of {}",
            course.operation.title, course.profile, course.login, sent.occurrence, sent.redacted
        )
    }

    fn kills(&self) -> bool {
        matches!(self.effect, Effect::HoldBefore | Effect::HoldAfter)
    }

    /// Applies, is disturbed, applies again, and looks whether all is well. Gives what was done by both.
    pub(crate) fn withstand(&self) {
        let cluster = self.course.begin();
        cluster.inject(&self.sent.text, self.sent.occurrence, self.effect.clone());
        for _ in 1..self.strikes {
            cluster.inject(&self.sent.text, 0, self.effect.clone());
        }
        let left = self.disturbed(&cluster);
        cluster.clear_faults();
        let mut done = self.carried_out(cluster.changes());
        cluster.forget_statements();
        let state = self.recovered(&cluster, &left);
        done.extend(cluster.changes());
        if !(self.course.operation.visible)(self.course.profile) {
            // What no view shows is done again when the answer was lost.
            done.dedup();
        }
        assert_eq!(done, self.course.changes, "what was carried out by both applies");
        assert_eq!(lasting(&timeless(state)), lasting(&timeless(self.course.state.clone())));
        assert_eq!(picture(&cluster), self.course.picture);
    }

    /// The state that Terraform holds after the disturbed apply.
    fn disturbed(&self, cluster: &Cluster) -> Value {
        let Course {
            operation,
            prior,
            planned,
            ..
        } = self.course;
        let plugin = Plugin::configured(&self.course.login.provider_block(cluster));
        let apply = || plugin.apply_unless_killed(operation.resource, prior, planned, &operation.after);
        let outcome = std::thread::scope(|scope| {
            let applying = scope.spawn(apply);
            if self.kills() {
                assert!(cluster.until_struck(STRIKES_WITHIN), "never got there");
                plugin.kill();
            }
            applying.join().expect("the apply ends")
        });
        assert!(cluster.until_struck(Duration::ZERO), "never got there");
        let Some(outcome) = outcome else {
            assert!(self.kills(), "the provider ended by itself");
            return prior.clone();
        };
        let expected: Vec<&str> = self.complaint().into_iter().collect();
        assert_eq!(outcome.errors(), expected, "{:#?}", outcome.messages);
        if !expected.is_empty() && prior.is_null() {
            assert_eq!(outcome.state, Value::Null, "a create that failed is begun anew");
        }
        outcome.state
    }

    /// What the disturbed apply has to say, when it cannot go on.
    fn complaint(&self) -> Option<&'static str> {
        match self.effect {
            Effect::Refuse(_) => Some("The server does not allow the statement now"),
            _ if self.strikes > 1 => Some("The connection to the cluster was lost"),
            // The two sessions of the first look: a cluster that never answered is not waited for.
            _ if self.sent.begins_session() && self.sent.occurrence < 2 => Some("The cluster cannot be reached"),
            _ => None,
        }
    }

    /// What of the statements received the cluster carried out.
    fn carried_out(&self, mut received: Vec<String>) -> Vec<String> {
        if self.sent.is_change() && !self.effect.executes() {
            for _ in 0..self.strikes {
                let same = received.iter().enumerate();
                let mut same = same.filter(|(_, sql)| **sql == self.sent.redacted);
                let (struck, _) = same.nth(self.sent.occurrence).expect("it was received");
                received.remove(struck);
            }
        }
        received
    }

    /// What the next `terraform apply` does: a refresh, a plan, and an apply when there is something to do; afterwards nothing
    /// is left to do.
    fn recovered(&self, cluster: &Cluster, left: &Value) -> Value {
        let (resource, config) = (self.course.operation.resource, &self.course.operation.after);
        let plugin = Plugin::configured(&self.course.login.provider_block(cluster));
        let read = |state: &Value| match state {
            Value::Null => Value::Null,
            state => plugin.read(resource, state).succeeded(),
        };
        let known = read(left);
        if !self.kills() {
            assert_eq!(lasting(&known), lasting(left), "the state that was left is not true");
        }
        let state = match (&known, config) {
            (Value::Null, Json::Null) => Value::Null,
            _ => plugin.change(resource, &known, config).succeeded(),
        };
        assert_eq!(read(&state), state, "the state is not true");
        if !state.is_null() {
            let planned = plugin.plan(resource, &state, config);
            assert_eq!(planned.state, state, "something is left to do");
        }
        state
    }
}

/// A state without the moment at which it was reached.
fn timeless(state: Value) -> Value {
    state.transform(&mut |path, value| match path.to_string().as_str() {
        "backed_up_at" => Value::Null,
        _ => value,
    })
}

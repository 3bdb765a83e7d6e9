//! Every operation of every resource, disturbed at every statement that it sends: the connection is cut, or the provider is
//! killed, before the statement is carried out or after. Whatever happened, the next apply ends where the undisturbed one
//! does, and the two together have carried out the same changes, each of them once.

#![expect(clippy::unwrap_used, reason = "what is not as it should be fails the test")]

mod course;
mod disturbed;
mod operation;
mod reading;
mod terraform;

use acceptance_tests::Plugin;
use acceptance_tests::protocol::Security;
use course::{Course, Login, Sent};
use disturbed::Point;
use oceanbase_simulator::answer::ServerError;
use oceanbase_simulator::cluster::Profile;
use oceanbase_simulator::server::Effect;
use operation::{KEY, Operation, RUN, backup_of_all_tenants, operations};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Operations spend most of their time waiting for the cluster.
const AT_THE_SAME_TIME: usize = 8;

#[test]
fn every_resource_of_the_registry_is_disturbed() {
    let plugin = Plugin::start(Security::None);
    let is_of =
        |operation: &Operation, kind: [bool; 2]| [operation.before.is_null(), operation.after.is_null()] == kind;
    for resource in plugin.schemas().resources() {
        for kind in [[true, false], [false, false], [false, true]] {
            let mut of_resource = operations()
                .into_iter()
                .filter(|operation| operation.resource == resource);
            assert!(of_resource.any(|operation| is_of(&operation, kind)), "{resource}");
        }
    }
}

#[test]
fn a_connection_cut_at_any_statement_costs_nothing() {
    disturb(Profile::Ce4410, &[Effect::CutBefore, Effect::CutAfter], 1, |_| true);
}

#[test]
fn a_connection_cut_at_a_change_costs_nothing_on_other_releases() {
    for profile in [Profile::Ce4210, Profile::Ee4353] {
        disturb(profile, &[Effect::CutBefore, Effect::CutAfter], 1, Sent::is_change);
    }
}

#[test]
fn a_connection_cut_at_a_change_costs_a_tenant_of_its_own_nothing() {
    let cuts = [Effect::CutBefore, Effect::CutAfter];
    disturb_as(Login::Tenant, Profile::Ce4410, &cuts, 1, Sent::is_change);
}

#[test]
fn a_killed_provider_is_made_up_for_by_the_next_apply() {
    disturb(Profile::Ce4410, &[Effect::HoldBefore, Effect::HoldAfter], 1, |_| true);
    disturb(
        Profile::Ee4353,
        &[Effect::HoldBefore, Effect::HoldAfter],
        1,
        Sent::is_change,
    );
    let of_runs = |operation: &Operation| operation.resource == RUN;
    disturb_those(
        of_runs,
        Login::Tenant,
        Profile::Ce4410,
        &[Effect::HoldBefore, Effect::HoldAfter],
        1,
        Sent::is_change,
    );
}

#[test]
fn an_export_of_keys_is_disturbed_at_every_statement() {
    let of_keys = |operation: &Operation| operation.resource == KEY;
    for effects in [
        [Effect::CutBefore, Effect::CutAfter],
        [Effect::HoldBefore, Effect::HoldAfter],
    ] {
        disturb_those(of_keys, Login::Sys, Profile::Ee4353, &effects, 1, |_| true);
        disturb_those(of_keys, Login::Tenant, Profile::Ee4353, &effects, 1, Sent::is_change);
    }
}

#[test]
fn a_change_that_fails_leaves_a_state_that_is_true() {
    let refused = Effect::Refuse(ServerError::general(4179, "not now"));
    let of_keys = |operation: &Operation| operation.resource == KEY;
    for (effect, strikes) in [(refused, 1), (Effect::CutBefore, 2)] {
        let effect = [effect];
        disturb(Profile::Ce4410, &effect, strikes, Sent::is_change);
        disturb_those(of_keys, Login::Sys, Profile::Ee4353, &effect, strikes, Sent::is_change);
    }
}

#[test]
fn a_backup_of_all_tenants_is_made_once_wherever_it_is_disturbed() {
    for effects in [
        [Effect::CutBefore, Effect::CutAfter],
        [Effect::HoldBefore, Effect::HoldAfter],
    ] {
        for profile in Profile::ALL {
            // Readings are the same everywhere.
            let everywhere = profile == Profile::Ce4410;
            let course = Course::of(backup_of_all_tenants(), profile, Login::Sys);
            disturb_courses(&[course], &effects, 1, |sent| everywhere || sent.is_change());
        }
    }
}

/// Every operation, at every statement that is chosen; one that leaves something by each of the effects. For one that does not,
/// before and after are the same, so that the effects take turns.
fn disturb(profile: Profile, effects: &[Effect], strikes: usize, at: impl Fn(&Sent) -> bool) {
    disturb_as(Login::Sys, profile, effects, strikes, at);
}

fn disturb_as(login: Login, profile: Profile, effects: &[Effect], strikes: usize, at: impl Fn(&Sent) -> bool) {
    disturb_those(|_| true, login, profile, effects, strikes, at);
}

fn disturb_those(
    which: impl Fn(&Operation) -> bool,
    login: Login,
    profile: Profile,
    effects: &[Effect],
    strikes: usize,
    at: impl Fn(&Sent) -> bool,
) {
    let possible = operations()
        .into_iter()
        .filter(|operation| (operation.possible)(profile) && which(operation));
    let courses: Vec<Course> = possible
        .map(|operation| Course::of(operation, profile, login))
        .collect();
    disturb_courses(&courses, effects, strikes, at);
}

fn disturb_courses(courses: &[Course], effects: &[Effect], strikes: usize, at: impl Fn(&Sent) -> bool) {
    let chosen = courses.iter().flat_map(|course| {
        let statements = course.statements.iter().filter(|sent| at(sent));
        statements.map(move |sent| (course, sent))
    });
    let points: Vec<Point<'_>> = chosen
        .enumerate()
        .flat_map(|(turn, (course, sent))| {
            let its_turn = move |at: &usize| sent.leaves_something() || turn % effects.len() == *at;
            (0..effects.len()).filter(its_turn).map(move |at| Point {
                course,
                sent,
                effect: effects[at].clone(),
                strikes,
            })
        })
        .collect();
    let failures = each(&points, Point::withstand);
    let titles: Vec<String> = failures.into_iter().map(Point::title).collect();
    assert!(
        titles.is_empty(),
        "{} of {} points:\n{}",
        titles.len(),
        points.len(),
        titles.join("\n")
    );
}

/// Does it for each, several at the same time; gives those that failed.
fn each<T: Sync>(all: &[T], act: impl Fn(&T) + Sync) -> Vec<&T> {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let work = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::SeqCst)).filter(|at| *at < all.len()) {
            if catch_unwind(AssertUnwindSafe(|| act(&all[at]))).is_err() {
                failed.lock().unwrap().insert(at);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_THE_SAME_TIME {
            scope.spawn(work);
        }
    });
    failed.into_inner().unwrap().into_iter().map(|at| &all[at]).collect()
}

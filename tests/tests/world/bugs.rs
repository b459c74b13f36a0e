//! A simulation that never fails proves nothing: each of these bugs, planted
//! one at a time, must be found within 300 seeds.

#![expect(
    clippy::print_stdout,
    reason = "which seed find_failing_seed a bug is for whoever runs the tests"
)]

use bytes::Bytes;
use http::Request;
use jobs::{Decision, DeleteResult, Effect, Input, Job, JobState, decide};
use names::Timestamp;
use tests::{agent_bug::AgentBug, chaos::FaultRates, sim::find_failing_seed, world::WorldConfig};

/// Seeds in which a bug must show.
const SEEDS: std::ops::Range<u64> = 0..300;

fn must_be_found(bug: &str, plant: impl Fn(WorldConfig) -> WorldConfig) {
    let Some((seed, faults)) = find_failing_seed(|seed| plant(WorldConfig::stormy(seed)), SEEDS)
    else {
        panic!("{bug}: not found in {SEEDS:?}");
    };
    println!("{bug}: found by seed {seed}: {}", faults[0]);
}

fn path(request: &Request<Bytes>) -> &str {
    request.uri().path()
}

/// The request with `change` made to its path and query.
fn with_uri(mut request: Request<Bytes>, change: impl FnOnce(String) -> String) -> Request<Bytes> {
    let uri = change(request.uri().to_string());
    *request.uri_mut() = uri.parse().expect("still a URI");
    request
}

#[test]
fn a_claim_that_is_no_fence() {
    must_be_found("the agent runs whatever the claim says", |plan| {
        WorldConfig {
            agent_bug: AgentBug::RunsUnclaimed,
            ..plan
        }
    });
}

#[test]
fn a_report_before_the_exit_record() {
    must_be_found("the agent forgets the exit record", |plan| WorldConfig {
        agent_bug: AgentBug::ForgetsExitRecord,
        ..plan
    });
}

#[test]
fn a_shutdown_taken_for_the_end() {
    must_be_found("the agent records a shutdown as the end", |plan| {
        WorldConfig {
            agent_bug: AgentBug::RecordsShutdown,
            ..plan
        }
    });
}

/// Decides as if the machine of a lost attempt were gone at once.
fn does_not_wait(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let Input::Deleted {
        attempt,
        claimed,
        result: DeleteResult::Pending,
    } = input
    else {
        return decide(id, job, input, now);
    };
    let gone = Input::Deleted {
        attempt: *attempt,
        claimed: *claimed,
        result: DeleteResult::Gone,
    };
    decide(id, job, &gone, now)
}

#[test]
fn not_waiting_until_the_machine_is_gone() {
    must_be_found("nobody waits until the machine is gone", |plan| {
        WorldConfig {
            decide: does_not_wait,
            ..plan
        }
    });
}

/// Judges a gone machine without its exit record.
fn does_not_read(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let Input::ExitRead { attempt, .. } = input else {
        return decide(id, job, input, now);
    };
    let none = Input::ExitRead {
        attempt: *attempt,
        record: None,
    };
    decide(id, job, &none, now)
}

#[test]
fn judging_without_the_exit_record() {
    must_be_found("a gone machine is judged without its exit record", |plan| {
        WorldConfig {
            decide: does_not_read,
            ..plan
        }
    });
}

/// Removes machines without fencing their attempts.
fn does_not_fence(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let mut decision = decide(id, job, input, now);
    for effect in &mut decision.effects {
        if *effect == Effect::Fence {
            *effect = Effect::Delete { claimed: false };
        }
    }
    decision
}

#[test]
fn forgetting_the_fence() {
    must_be_found("an attempt is given up without a fence", |plan| {
        WorldConfig {
            decide: does_not_fence,
            ..plan
        }
    });
}

/// Commits new states without what is to be done.
fn forgets_effects(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let mut decision = decide(id, job, input, now);
    if matches!(decision.job.state, JobState::Launching { .. }) {
        decision.effects.clear();
    }
    decision
}

#[test]
fn a_state_without_its_effects() {
    must_be_found("a state is committed without its effects", |plan| {
        WorldConfig {
            decide: forgets_effects,
            ..plan
        }
    });
}

/// Hears reports of any attempt.
fn hears_everyone(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let Input::Report { sender, report, .. } = input else {
        return decide(id, job, input, now);
    };
    let (mut sender, attempt) = (sender.clone(), job.attempt);
    if let Some(machine) = job.machine() {
        sender.zone = machine.zone.clone();
    }
    if let Ok(name) = format!("gc-{id}-{attempt}").parse() {
        sender.instance = name;
    }
    let report = Input::Report {
        attempt,
        sender,
        report: report.clone(),
    };
    decide(id, job, &report, now)
}

#[test]
fn hearing_older_attempts() {
    must_be_found("a report of an older attempt is heard", |plan| {
        WorldConfig {
            decide: hears_everyone,
            // Copies that come late are what shows it.
            faults: FaultRates {
                redelivered: 500,
                ..plan.faults.clone()
            },
            ..plan
        }
    });
}

/// Never looks again.
fn never_looks(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let mut decision = decide(id, job, input, now);
    decision.job.due = None;
    decision
}

#[test]
fn never_looking_again() {
    must_be_found("nobody looks at a job again", |plan| WorldConfig {
        decide: never_looks,
        ..plan
    });
}

#[test]
fn a_claim_without_its_precondition() {
    must_be_found("claims overwrite one another", |plan| WorldConfig {
        mutation: Some(|_, request| {
            if !path(&request).starts_with("/upload/") {
                return request;
            }
            with_uri(request, |uri| {
                uri.replace("ifGenerationMatch=0", "fields=name")
            })
        }),
        ..plan
    });
}

#[test]
fn a_commit_without_its_precondition() {
    must_be_found("commits overwrite one another", |plan| WorldConfig {
        mutation: Some(|_, mut request| {
            if path(&request).ends_with(":commit") {
                let body =
                    String::from_utf8_lossy(request.body()).replace("currentDocument", "ignored");
                let mut body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
                for write in body["writes"].as_array_mut().into_iter().flatten() {
                    write.as_object_mut().map(|write| write.remove("ignored"));
                }
                *request.body_mut() = body.to_string().into();
            }
            request
        }),
        ..plan
    });
}

#[test]
fn leaving_what_is_left_over() {
    must_be_found("nobody takes inventory", |plan| WorldConfig {
        // Machines that come long after they were asked for are what shows it.
        faults: FaultRates {
            late: 350,
            ..plan.faults.clone()
        },
        mutation: Some(|who, request| {
            // The list of machines is asked for where there is none.
            if who == "job-changed" && path(&request).ends_with("/aggregated/instances") {
                return with_uri(request, |uri| {
                    uri.replace("groundcrew-deployment", "nobody")
                });
            }
            request
        }),
        ..plan
    });
}

//! Each of these bugs, planted one at a time, must be found by the simulation
//! within 300 seeds.

#![expect(
    clippy::print_stdout,
    reason = "whoever runs the tests wants to know which seed found a bug"
)]

use bytes::Bytes;
use http::Request;
use jobs::{Decision, DeleteResult, Effect, Input, Job, JobState, TeardownReason, decide};
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
fn running_without_the_claim_is_found() {
    must_be_found("the agent runs whatever the claim says", |plan| {
        WorldConfig {
            agent_bug: AgentBug::RunsUnclaimed,
            ..plan
        }
    });
}

#[test]
fn reporting_without_an_exit_record_is_found() {
    must_be_found("the agent forgets the exit record", |plan| WorldConfig {
        agent_bug: AgentBug::ForgetsExitRecord,
        ..plan
    });
}

#[test]
fn recording_a_shutdown_as_an_exit_is_found() {
    must_be_found("the agent records a shutdown as the end", |plan| {
        WorldConfig {
            agent_bug: AgentBug::RecordsShutdown,
            ..plan
        }
    });
}

/// Treats a machine that is still being deleted as gone.
fn skips_the_delete(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
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
fn not_waiting_for_a_delete_is_found() {
    must_be_found(
        "the job goes on while its machine is being deleted",
        |plan| WorldConfig {
            decide: skips_the_delete,
            ..plan
        },
    );
}

/// Decides as if there were never an exit record.
fn ignores_exit_record(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
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
fn ignoring_the_exit_record_is_found() {
    must_be_found("the exit record of a deleted machine is ignored", |plan| {
        WorldConfig {
            decide: ignores_exit_record,
            ..plan
        }
    });
}

/// Removes machines without fencing their attempts.
fn skips_the_fence(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let mut decision = decide(id, job, input, now);
    for effect in &mut decision.effects {
        if *effect == Effect::Fence {
            *effect = Effect::Delete { claimed: false };
        }
    }
    decision
}

#[test]
fn deleting_without_a_fence_is_found() {
    must_be_found("a machine is deleted without a fence", |plan| WorldConfig {
        decide: skips_the_fence,
        // Shown by machines that start their job when they are given up.
        faults: FaultRates {
            slow_boot: 600,
            ..plan.faults.clone()
        },
        ..plan
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
fn committing_a_state_without_its_effects_is_found() {
    must_be_found("a state is committed without its effects", |plan| {
        WorldConfig {
            decide: forgets_effects,
            ..plan
        }
    });
}

/// Accepts reports of any attempt from any machine.
fn accepts_every_report(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let Input::Report { sender, report, .. } = input else {
        return decide(id, job, input, now);
    };
    let (mut sender, attempt) = (sender.clone(), job.attempt);
    if let Some(machine) = job.machine() {
        sender.zone = machine.zone.clone();
    }
    if let Ok(job) = id.parse() {
        sender.job = job;
    }
    sender.attempt = attempt;
    let report = Input::Report {
        attempt,
        sender,
        report: report.clone(),
    };
    decide(id, job, &report, now)
}

#[test]
fn accepting_reports_of_older_attempts_is_found() {
    must_be_found("a report of an older attempt is accepted", |plan| {
        WorldConfig {
            decide: accepts_every_report,
            // Shown by late redeliveries.
            faults: FaultRates {
                redelivered: 500,
                ..plan.faults.clone()
            },
            ..plan
        }
    });
}

/// Never observes the machine of an overdue job.
fn never_observes(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let mut decision = decide(id, job, input, now);
    decision.job.due = None;
    decision
}

/// Forgets which zones refused when a machine is lost.
fn forgets_refusals(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let mut job = job.clone();
    if let JobState::Deleting {
        reason: TeardownReason::Lost { .. },
        ..
    } = &job.state
    {
        job.blocked.clear();
    }
    decide(id, &job, input, now)
}

#[test]
fn asking_a_zone_again_that_lacks_the_machine_type_is_found() {
    must_be_found("refusals are forgotten", |plan| WorldConfig {
        decide: forgets_refusals,
        faults: FaultRates {
            preempted: 150,
            zone_lacks: 700,
            ..plan.faults.clone()
        },
        ..plan
    });
}

#[test]
fn never_observing_overdue_jobs_is_found() {
    must_be_found("overdue jobs are never observed", |plan| WorldConfig {
        decide: never_observes,
        ..plan
    });
}

#[test]
fn creating_a_claim_without_its_precondition_is_found() {
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
fn committing_without_a_precondition_is_found() {
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
        // Shown by handlers that work on one job at the same time.
        faults: FaultRates {
            redelivered: 500,
            ..plan.faults.clone()
        },
        ..plan
    });
}

#[test]
fn not_deleting_leftover_machines_is_found() {
    must_be_found("leftover machines are never deleted", |plan| WorldConfig {
        // Shown by machines that appear long after they were requested.
        faults: FaultRates {
            late: 600,
            ..plan.faults.clone()
        },
        mutation: Some(|who, request| {
            // The list of machines is filtered by a label that no machine has.
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

/// Retries once more than was asked for.
fn retries_too_often(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    let mut job = job.clone();
    if let Some(spec) = &mut job.spec {
        spec.retries += 1;
    }
    let mut decision = decide(id, &job, input, now);
    if let Some(spec) = &mut decision.job.spec {
        spec.retries -= 1;
    }
    decision
}

#[test]
fn retrying_too_often_is_found() {
    must_be_found("a failed command runs once too often", |plan| WorldConfig {
        decide: retries_too_often,
        ..plan
    });
}

/// Compute Engine deletes the machine when the command's time limit is over, counted
/// from its creation: the agent has no time to boot before and to report after.
#[test]
fn a_machine_without_time_to_boot_and_to_report_is_found() {
    must_be_found("an agent has no time to stop its command", |plan| {
        WorldConfig {
            mutation: Some(|_, mut request| {
                let mut body = serde_json::from_slice(request.body()).unwrap_or_default();
                let limit = |body: &serde_json::Value| {
                    let limit = body["scheduling"]["maxRunDuration"]["seconds"].as_str()?;
                    limit.parse::<u64>().ok()
                };
                if let Some(limit) = limit(&body) {
                    let seconds = (limit - 20 * 60).to_string();
                    body["scheduling"]["maxRunDuration"]["seconds"] = seconds.into();
                    *request.body_mut() = body.to_string().into();
                }
                request
            }),
            ..plan
        }
    });
}

/// Takes a delete that has failed, or is not over, for a success.
#[test]
fn taking_a_failed_delete_for_a_success_is_found() {
    must_be_found("the job goes on though its machine is there", |plan| {
        WorldConfig {
            decide: skips_the_delete,
            faults: FaultRates {
                delete_fails: 300,
                preempted: 0,
                ..FaultRates::default()
            },
            ..plan
        }
    });
}

#[test]
fn asking_a_zone_without_capacity_again_is_found() {
    must_be_found("stockouts are forgotten", |plan| WorldConfig {
        decide: forgets_refusals,
        faults: FaultRates {
            stockout: 300,
            zone_lacks: 0,
            ..plan.faults.clone()
        },
        ..plan
    });
}

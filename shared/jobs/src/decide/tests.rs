mod ends;
mod lost;
mod refused;
mod reports;
mod waiting;

use super::*;
use crate::{Counters, DeleteResult, Effect, InsertResult, MachineStatus, Refusal, ReportSender};
use events::{AgentReport, ExitRecord, ExitStatus, HostTermination, Outcome};
use ledger::Record;
use names::Attempt;

const ID: &str = "train";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn zones() -> Vec<Zone> {
    ["us-central1-a", "us-central1-b", "europe-west4-a"]
        .iter()
        .map(|z| z.parse().expect("valid"))
        .collect()
}

fn spec() -> JobSpec {
    JobSpec::new(vec!["true".into()])
}

/// A job and the result of its latest decision, for tests that give it one input
/// after another and check the state and the effects.
#[derive(Clone)]
struct Case {
    job: Job,
    now: i64,
    effects: Vec<Effect>,
    outcome: Outcome,
}

impl Case {
    fn queued_with(spec: JobSpec) -> Self {
        let decision = admit(spec, &zones(), at(0));
        Self {
            job: decision.job,
            now: 0,
            effects: decision.effects,
            outcome: decision.outcome,
        }
    }

    fn queued() -> Self {
        Self::queued_with(spec())
    }

    fn running() -> Self {
        Self::queued().on(Self::started(1)).becomes("running", &[])
    }

    fn after(mut self, seconds: i64) -> Self {
        self.now += seconds;
        self
    }

    fn on(mut self, input: Input) -> Self {
        let decision = decide(ID, &self.job, &input, at(self.now));
        self.job = decision.job;
        self.effects = decision.effects;
        self.outcome = decision.outcome;
        self
    }

    fn becomes(self, state: &str, effects: &[Effect]) -> Self {
        use ledger::Record;
        assert_eq!(self.job.state(), state, "{:?}", self.job);
        assert_eq!(self.effects, effects);
        self
    }

    fn ends(self, outcome: &JobOutcome) {
        assert_eq!(self.job.outcome(), Some(outcome), "{:?}", self.job);
        assert_eq!(self.job.due, None);
    }

    fn attempt(number: u32) -> Attempt {
        number.try_into().expect("from 1")
    }

    fn report(number: u32, report: AgentReport) -> Input {
        let zone = &zones()[0];
        Input::Report {
            attempt: Self::attempt(number),
            sender: ReportSender {
                job: ID.parse().expect("valid"),
                attempt: Self::attempt(number),
                zone: zone.clone(),
                volume: None,
            },
            report,
        }
    }

    fn started(number: u32) -> Input {
        Self::report(number, AgentReport::Started)
    }

    fn finished(number: u32, code: i32) -> Input {
        let exit_status = ExitStatus::Exited { code };
        Self::report(number, AgentReport::Finished { exit_status })
    }

    fn fenced(number: u32, claimed: bool) -> Input {
        Input::Fenced {
            attempt: Self::attempt(number),
            claimed,
        }
    }

    fn deleted(number: u32, claimed: bool, gone: bool) -> Input {
        Input::Deleted {
            attempt: Self::attempt(number),
            claimed,
            result: match gone {
                true => DeleteResult::Gone,
                false => DeleteResult::Pending,
            },
        }
    }

    fn observed(number: u32, status: MachineStatus) -> Input {
        Input::Observed {
            attempt: Self::attempt(number),
            status,
        }
    }

    fn exit(number: u32, code: Option<i32>) -> Input {
        let record = code.map(|code| ExitRecord {
            exit_status: ExitStatus::Exited { code },
            started: at(0),
            finished: at(1),
            log_parts: 0,
            log_tail: Vec::new(),
        });
        Input::ExitRead {
            attempt: Self::attempt(number),
            record,
        }
    }

    fn refused(number: u32, refusal: Refusal) -> Input {
        Input::Inserted {
            attempt: Self::attempt(number),
            result: InsertResult::Refused(refusal),
        }
    }

    fn stockout(recommended_zones: &[&str]) -> Refusal {
        Refusal::Stockout {
            reason: "none left".into(),
            recommended_zones: recommended_zones
                .iter()
                .map(|z| z.parse().expect("valid"))
                .collect(),
        }
    }
}

const INSERT: Effect = Effect::Insert;
const CLAIMED: Effect = Effect::Delete { claimed: true };
const UNCLAIMED: Effect = Effect::Delete { claimed: false };

fn drained() -> AgentReport {
    AgentReport::Drained {
        termination: Some(HostTermination::Preempted),
    }
}

fn exited(code: i32) -> JobOutcome {
    JobOutcome::Ended {
        exit_status: ExitStatus::Exited { code },
    }
}

#[test]
fn a_job_runs_and_leaves_nothing() {
    Case::queued()
        .becomes("launching", &[INSERT])
        .on(Input::Inserted {
            attempt: Attempt::FIRST,
            result: InsertResult::Pending,
        })
        .becomes("launching", &[])
        .on(Case::started(1))
        .becomes("running", &[])
        .on(Case::finished(1, 3))
        .becomes("deleting", &[CLAIMED])
        .on(Case::deleted(1, true, true))
        .ends(&exited(3));
}

#[test]
fn a_job_ages_from_its_end_unless_it_has_a_volume() {
    let queued = Case::queued();
    assert_eq!(queued.job.ended(), None);
    let finished = queued.on(Case::started(1)).on(Case::finished(1, 0));
    let mut job = finished.on(Case::deleted(1, true, true)).job;
    let JobState::Done { finished, .. } = job.state else {
        panic!("{:?}", job.state)
    };
    assert_eq!(job.ended(), Some(finished));
    let spec = job.spec.as_mut().expect("it has one");
    spec.volume = Some("data".parse().expect("valid"));
    assert_eq!(job.ended(), None);
}

#[test]
fn an_insert_result_before_the_due_time_needs_no_commit() {
    let before = Case::queued();
    let job = before.job.clone();
    let after = before.on(Input::Inserted {
        attempt: Attempt::FIRST,
        result: InsertResult::Created,
    });
    assert_eq!((after.job, after.outcome), (job, Outcome::Duplicate));
}

#[test]
fn reports_in_the_wrong_order_end_the_job_once() {
    let case = Case::queued()
        .on(Case::finished(1, 0))
        .becomes("deleting", &[CLAIMED])
        .on(Case::started(1))
        .becomes("deleting", &[])
        .on(Case::finished(1, 0))
        .becomes("deleting", &[])
        .on(Case::deleted(1, true, true))
        .on(Case::started(1));
    assert_eq!(case.outcome, Outcome::ignored("the job is done"));
    case.ends(&exited(0));
}

#[test]
fn nothing_happens_before_the_machine_is_deleted() {
    Case::running()
        .on(Case::finished(1, 0))
        .on(Case::deleted(1, true, false))
        .becomes("deleting", &[])
        .after(15)
        .on(Input::Overdue)
        .becomes("deleting", &[CLAIMED])
        .on(Case::deleted(1, true, true))
        .ends(&exited(0));
}

#[test]
fn the_exit_record_decides_how_the_job_of_a_deleted_machine_ended() {
    let gone = || {
        Case::running()
            .after(300)
            .on(Input::Overdue)
            .becomes("running", &[Effect::Observe])
            .on(Case::observed(1, MachineStatus::Absent))
            .becomes("deleting", &[Effect::Fence])
            .on(Case::fenced(1, true))
            .becomes("deleting", &[CLAIMED])
            .on(Case::deleted(1, true, true))
            .becomes("deleting", &[Effect::CloseExit])
    };
    gone().on(Case::exit(1, Some(0))).ends(&exited(0));
    let again = gone()
        .on(Case::exit(1, None))
        .becomes("launching", &[INSERT]);
    assert_eq!(
        (again.job.attempt, again.job.counters.lost),
        (Case::attempt(2), 1)
    );
}

#[test]
fn a_machine_that_never_started_the_job_is_fenced_before_another_is_requested() {
    let mut case = Case::queued();
    for attempt in 1..=3 {
        case = case
            .after(600)
            .on(Input::Overdue)
            .becomes("launching", &[Effect::Observe])
            .on(Case::observed(attempt, MachineStatus::Up))
            .becomes("deleting", &[Effect::Fence])
            .on(Case::fenced(attempt, false))
            .becomes("deleting", &[UNCLAIMED])
            .on(Case::deleted(attempt, false, true));
    }
    assert!(matches!(
        case.job.outcome(),
        Some(JobOutcome::Failed { .. })
    ));
}

#[test]
fn a_machine_whose_started_report_was_lost_is_kept() {
    Case::queued()
        .after(600)
        .on(Case::observed(1, MachineStatus::Up))
        .on(Case::fenced(1, true))
        .becomes("running", &[]);
}

#[test]
fn an_absent_machine_is_lost_only_if_its_operation_made_it() {
    let absent = || {
        Case::queued()
            .after(45)
            .on(Input::Overdue)
            .on(Case::observed(1, MachineStatus::Absent))
            .becomes("launching", &[Effect::ReadOperation])
    };
    let read = |result| Input::OperationRead {
        attempt: Attempt::FIRST,
        result,
    };
    absent()
        .on(read(Some(InsertResult::Created)))
        .becomes("deleting", &[Effect::Fence]);
    let pending = absent().on(read(Some(InsertResult::Pending)));
    assert_eq!(pending.job.due, Some(at(90)));
    pending.becomes("launching", &[]);
    // No request is known: it is sent again, and the job looks again.
    let again = absent().on(read(None)).becomes("launching", &[INSERT]);
    let again = again.on(Input::Inserted {
        attempt: Attempt::FIRST,
        result: InsertResult::Created,
    });
    assert_eq!(again.job.due, Some(at(90)));
    again.becomes("launching", &[]);
}

#[test]
fn cancelling_fences_and_a_finished_command_still_counts() {
    let cancelled = || {
        Case::running()
            .on(Input::Cancelled)
            .becomes("deleting", &[Effect::Fence])
            .on(Case::fenced(1, true))
    };
    cancelled()
        .on(Case::deleted(1, true, true))
        .on(Case::exit(1, None))
        .ends(&JobOutcome::Cancelled);
    cancelled()
        .on(Case::deleted(1, true, true))
        .on(Case::exit(1, Some(7)))
        .ends(&exited(7));
}

#[test]
fn a_drained_job_runs_again_and_its_retries_are_not_counted() {
    let case = Case::running()
        .after(60)
        .on(Case::report(1, drained()))
        .becomes("deleting", &[Effect::Fence])
        .on(Case::fenced(1, true))
        .on(Case::deleted(1, true, true))
        .on(Case::exit(1, None))
        .becomes("launching", &[INSERT]);
    assert_eq!(
        case.job.counters,
        Counters {
            lost: 1,
            lost_seconds: 60,
            ..Counters::default()
        }
    );
}

#[test]
fn a_notice_drains_the_machine_and_a_machine_that_stays_silent_counts_as_lost() {
    let noticed = Input::Noticed {
        attempt: Attempt::FIRST,
        zone: zones()[0].clone(),
        what: "preempted".into(),
    };
    Case::running()
        .on(noticed)
        .becomes("draining", &[])
        .after(180)
        .on(Input::Overdue)
        .becomes("draining", &[Effect::Observe])
        .on(Case::observed(1, MachineStatus::Up))
        .becomes("deleting", &[Effect::Fence]);
}

#[test]
fn a_host_error_makes_the_machine_be_observed_at_once() {
    let broken = || Input::Noticed {
        attempt: Attempt::FIRST,
        zone: zones()[0].clone(),
        what: "hostError".into(),
    };
    let looked = Case::running()
        .on(broken())
        .becomes("running", &[Effect::Observe]);
    looked
        .on(Case::observed(1, MachineStatus::Down))
        .becomes("deleting", &[Effect::Fence]);
    let restarted = Case::running()
        .on(broken())
        .on(Case::observed(1, MachineStatus::Up));
    restarted.becomes("running", &[Effect::ReadExit]);
}

#[test]
fn a_machine_whose_command_exceeds_every_limit_is_deleted() {
    Case::running()
        .after(3600 + 600)
        .on(Case::observed(1, MachineStatus::Up))
        .on(Case::fenced(1, true))
        .on(Case::deleted(1, true, true))
        .on(Case::exit(1, None))
        .ends(&JobOutcome::Ended {
            exit_status: ExitStatus::TimedOut,
        });
}

#[test]
fn a_finished_command_on_a_running_machine_is_found_by_its_exit_record() {
    let looked = || {
        Case::running()
            .after(300)
            .on(Input::Overdue)
            .on(Case::observed(1, MachineStatus::Up))
            .becomes("running", &[Effect::ReadExit])
    };
    looked()
        .on(Case::exit(1, Some(5)))
        .becomes("deleting", &[CLAIMED]);
    let waits = looked().on(Case::exit(1, None)).becomes("running", &[]);
    assert_eq!(waits.job.due, Some(at(600)));
}

#[test]
fn a_failed_command_is_retried_as_often_as_requested() {
    let spec = JobSpec {
        retries: 1,
        ..spec()
    };
    let case = Case::queued_with(spec)
        .on(Case::finished(1, 1))
        .on(Case::deleted(1, true, true))
        .becomes("launching", &[INSERT]);
    assert_eq!(case.job.attempt, Case::attempt(2));
    case.on(Case::finished(2, 1))
        .on(Case::deleted(2, true, true))
        .ends(&exited(1));
}

#[test]
fn a_command_that_cannot_be_started_is_not_retried() {
    let reason = "No such file or directory".to_owned();
    let exit_status = ExitStatus::NotStarted { reason };
    let report = AgentReport::Finished {
        exit_status: exit_status.clone(),
    };
    let spec = JobSpec {
        retries: 1,
        ..spec()
    };
    Case::queued_with(spec)
        .on(Case::report(1, report))
        .on(Case::deleted(1, true, true))
        .ends(&JobOutcome::Ended { exit_status });
}

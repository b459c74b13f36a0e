mod refused;

use super::*;
use crate::{Counters, DeleteResult, Effect, InsertResult, MachineStatus, Refusal, ReportSender};
use events::{AgentReport, ExitRecord, ExitStatus, Outcome};
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

/// A job, and what it is told; each step is decided and checked against the
/// name of the state and the effects that follow.
struct Story {
    job: Job,
    now: i64,
    effects: Vec<Effect>,
    outcome: Outcome,
}

impl Story {
    fn queued_with(spec: JobSpec) -> Self {
        let decision = admit(spec, &zones(), None, at(0));
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
        Self::queued().told(Self::started(1)).is("running", &[])
    }

    fn after(mut self, seconds: i64) -> Self {
        self.now += seconds;
        self
    }

    fn told(mut self, input: Input) -> Self {
        let decision = decide(ID, &self.job, &input, at(self.now));
        self.job = decision.job;
        self.effects = decision.effects;
        self.outcome = decision.outcome;
        self
    }

    fn is(self, state: &str, effects: &[Effect]) -> Self {
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
                instance: format!("gc-{ID}-{number}").parse().expect("valid"),
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
        let ending = ExitStatus::Exited { code };
        Self::report(number, AgentReport::Finished { ending })
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

    fn seen(number: u32, presence: MachineStatus) -> Input {
        Input::Observed {
            attempt: Self::attempt(number),
            presence,
        }
    }

    fn exit(number: u32, code: Option<i32>) -> Input {
        let record = code.map(|code| ExitRecord {
            ending: ExitStatus::Exited { code },
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
            absent: false,
            result: InsertResult::Refused(refusal),
        }
    }

    fn stockout(elsewhere: &[&str]) -> Refusal {
        Refusal::Stockout {
            reason: "none left".into(),
            elsewhere: elsewhere
                .iter()
                .map(|z| z.parse().expect("valid"))
                .collect(),
        }
    }
}

const INSERT: Effect = Effect::Insert { absent: false };
const CLAIMED: Effect = Effect::Delete { claimed: true };
const UNCLAIMED: Effect = Effect::Delete { claimed: false };

fn exited(code: i32) -> JobOutcome {
    JobOutcome::Ended {
        ending: ExitStatus::Exited { code },
    }
}

#[test]
fn a_job_runs_and_leaves_nothing() {
    Story::queued()
        .is("launching", &[INSERT])
        .told(Input::Inserted {
            attempt: Attempt::FIRST,
            absent: false,
            result: InsertResult::Pending,
        })
        .is("launching", &[])
        .told(Story::started(1))
        .is("running", &[])
        .told(Story::finished(1, 3))
        .is("deleting", &[CLAIMED])
        .told(Story::deleted(1, true, true))
        .ends(&exited(3));
}

#[test]
fn an_insert_that_is_known_in_time_needs_no_commit() {
    let before = Story::queued();
    let job = before.job.clone();
    let after = before.told(Input::Inserted {
        attempt: Attempt::FIRST,
        absent: false,
        result: InsertResult::Created,
    });
    assert_eq!((after.job, after.outcome), (job, Outcome::Duplicate));
}

#[test]
fn reports_in_the_wrong_order_end_the_job_once() {
    let story = Story::queued()
        .told(Story::finished(1, 0))
        .is("deleting", &[CLAIMED])
        .told(Story::started(1))
        .is("deleting", &[])
        .told(Story::finished(1, 0))
        .is("deleting", &[])
        .told(Story::deleted(1, true, true))
        .told(Story::started(1));
    assert_eq!(story.outcome, Outcome::ignored("the job is done"));
    story.ends(&exited(0));
}

#[test]
fn nothing_follows_before_the_machine_is_gone() {
    Story::running()
        .told(Story::finished(1, 0))
        .told(Story::deleted(1, true, false))
        .is("deleting", &[])
        .after(15)
        .told(Input::Overdue)
        .is("deleting", &[CLAIMED])
        .told(Story::deleted(1, true, true))
        .ends(&exited(0));
}

#[test]
fn a_gone_machine_is_judged_by_its_exit_record() {
    let gone = || {
        Story::running()
            .after(300)
            .told(Input::Overdue)
            .is("running", &[Effect::Observe])
            .told(Story::seen(1, MachineStatus::Absent))
            .is("deleting", &[Effect::Fence])
            .told(Story::fenced(1, true))
            .is("deleting", &[CLAIMED])
            .told(Story::deleted(1, true, true))
            .is("deleting", &[Effect::CloseExit])
    };
    gone().told(Story::exit(1, Some(0))).ends(&exited(0));
    let again = gone().told(Story::exit(1, None)).is("launching", &[INSERT]);
    assert_eq!(
        (again.job.attempt, again.job.counters.lost),
        (Story::attempt(2), 1)
    );
}

#[test]
fn a_machine_that_never_started_is_fenced_before_another_is_asked_for() {
    let mut story = Story::queued();
    for attempt in 1..=3 {
        story = story
            .after(600)
            .told(Input::Overdue)
            .is("launching", &[Effect::Observe])
            .told(Story::seen(attempt, MachineStatus::Up))
            .is("deleting", &[Effect::Fence])
            .told(Story::fenced(attempt, false))
            .is("deleting", &[UNCLAIMED])
            .told(Story::deleted(attempt, false, true));
    }
    assert!(matches!(
        story.job.outcome(),
        Some(JobOutcome::Failed { .. })
    ));
}

#[test]
fn a_machine_whose_started_report_was_lost_is_kept() {
    Story::queued()
        .after(600)
        .told(Story::seen(1, MachineStatus::Up))
        .told(Story::fenced(1, true))
        .is("running", &[]);
}

#[test]
fn an_absent_machine_is_asked_for_again_before_it_counts_as_lost() {
    Story::queued()
        .after(45)
        .told(Input::Overdue)
        .told(Story::seen(1, MachineStatus::Absent))
        .is("launching", &[Effect::Insert { absent: true }])
        .told(Input::Inserted {
            attempt: Attempt::FIRST,
            absent: true,
            result: InsertResult::Created,
        })
        .is("deleting", &[Effect::Fence]);
}

#[test]
fn cancelling_fences_and_a_finished_command_still_counts() {
    let cancelled = || {
        Story::running()
            .told(Input::Cancelled)
            .is("deleting", &[Effect::Fence])
            .told(Story::fenced(1, true))
    };
    cancelled()
        .told(Story::deleted(1, true, true))
        .told(Story::exit(1, None))
        .ends(&JobOutcome::Cancelled);
    cancelled()
        .told(Story::deleted(1, true, true))
        .told(Story::exit(1, Some(7)))
        .ends(&exited(7));
}

#[test]
fn a_drained_job_runs_again_and_is_not_charged() {
    let story = Story::running()
        .told(Story::report(1, AgentReport::Drained))
        .is("deleting", &[Effect::Fence])
        .told(Story::fenced(1, true))
        .told(Story::deleted(1, true, true))
        .told(Story::exit(1, None))
        .is("launching", &[INSERT]);
    assert_eq!(
        story.job.counters,
        Counters {
            lost: 1,
            ..Counters::default()
        }
    );
}

#[test]
fn a_notice_drains_and_a_silent_machine_is_given_up() {
    let noticed = Input::Noticed {
        attempt: Attempt::FIRST,
        zone: zones()[0].clone(),
        what: "preempted".into(),
    };
    Story::running()
        .told(noticed)
        .is("draining", &[])
        .after(180)
        .told(Input::Overdue)
        .is("draining", &[Effect::Observe])
        .told(Story::seen(1, MachineStatus::Up))
        .is("deleting", &[Effect::Fence]);
}

#[test]
fn a_broken_host_is_looked_at_at_once() {
    let broken = || Input::Noticed {
        attempt: Attempt::FIRST,
        zone: zones()[0].clone(),
        what: "hostError".into(),
    };
    let looked = Story::running()
        .told(broken())
        .is("running", &[Effect::Observe]);
    looked
        .told(Story::seen(1, MachineStatus::Down))
        .is("deleting", &[Effect::Fence]);
    let restarted = Story::running()
        .told(broken())
        .told(Story::seen(1, MachineStatus::Up));
    restarted.is("running", &[Effect::ReadExit]);
}

#[test]
fn a_command_that_outlives_every_limit_is_taken_away() {
    Story::running()
        .after(3600 + 600)
        .told(Story::seen(1, MachineStatus::Up))
        .told(Story::fenced(1, true))
        .told(Story::deleted(1, true, true))
        .told(Story::exit(1, None))
        .ends(&JobOutcome::Ended {
            ending: ExitStatus::TimedOut,
        });
}

#[test]
fn a_machine_that_is_up_and_done_is_found_by_its_exit_record() {
    let looked = || {
        Story::running()
            .after(300)
            .told(Input::Overdue)
            .told(Story::seen(1, MachineStatus::Up))
            .is("running", &[Effect::ReadExit])
    };
    looked()
        .told(Story::exit(1, Some(5)))
        .is("deleting", &[CLAIMED]);
    let waits = looked().told(Story::exit(1, None)).is("running", &[]);
    assert_eq!(waits.job.due, Some(at(600)));
}

#[test]
fn a_failed_command_is_retried_as_often_as_asked() {
    let spec = JobSpec {
        retries: 1,
        ..spec()
    };
    let story = Story::queued_with(spec)
        .told(Story::finished(1, 1))
        .told(Story::deleted(1, true, true))
        .is("launching", &[INSERT]);
    assert_eq!(story.job.attempt, Story::attempt(2));
    story
        .told(Story::finished(2, 1))
        .told(Story::deleted(2, true, true))
        .ends(&exited(1));
}

#[test]
fn older_attempts_and_other_machines_are_not_heard() {
    let story = Story::running()
        .told(Story::report(1, AgentReport::Drained))
        .told(Story::fenced(1, true));
    let story = story
        .told(Story::deleted(1, true, true))
        .told(Story::exit(1, None))
        .is("launching", &[INSERT]);
    let story = story.told(Story::finished(1, 0));
    assert_eq!(story.outcome, Outcome::ignored("an older attempt"));
    let forged = Input::Report {
        attempt: Story::attempt(2),
        sender: ReportSender {
            instance: "gc-other-2".parse().expect("valid"),
            zone: zones()[0].clone(),
            volume: None,
        },
        report: AgentReport::Finished {
            ending: ExitStatus::Exited { code: 0 },
        },
    };
    let story = story.told(forged).is("launching", &[]);
    assert_eq!(
        story.outcome,
        Outcome::ignored("it was sent by another machine")
    );
}

#[test]
fn a_machine_is_heard_only_if_it_runs_as_what_its_job_says() {
    let volume = |name: &str| Some(name.parse::<names::VolumeName>().expect("valid"));
    for (its, sender, heard) in [
        (None, None, true),
        (None, volume("data"), false),
        (volume("data"), volume("data"), true),
        (volume("data"), volume("other"), false),
        (volume("data"), None, false),
    ] {
        let spec = JobSpec {
            volume: its.clone(),
            ..spec()
        };
        let report = Input::Report {
            attempt: Story::attempt(1),
            sender: ReportSender {
                instance: format!("gc-{ID}-1").parse().expect("valid"),
                zone: zones()[0].clone(),
                volume: sender.clone(),
            },
            report: AgentReport::Finished {
                ending: ExitStatus::Exited { code: 0 },
            },
        };
        let story = Story::queued_with(spec).told(report);
        let expected = if heard {
            Outcome::Done
        } else {
            Outcome::ignored("it was sent by a machine of another account")
        };
        assert_eq!(story.outcome, expected, "{sender:?} for a job of {its:?}");
    }
}

#[test]
fn a_job_that_needs_an_ssh_key_is_rejected_where_none_can_be_decrypted() {
    let spec = JobSpec {
        ssh_key: true,
        ..spec()
    };
    let rejected = admit(spec.clone(), &zones(), None, at(0));
    assert!(rejected.effects.is_empty());
    let outcome = rejected.job.outcome();
    let Some(JobOutcome::Rejected { reason }) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.contains("GROUNDCREW_KEY"), "{reason}");
    let key = "projects/project-1/locations/us-central1/keyRings/r/cryptoKeys/k";
    let admitted = admit(spec, &zones(), key.parse().ok().as_ref(), at(0));
    assert_eq!(admitted.job.outcome(), None);
}

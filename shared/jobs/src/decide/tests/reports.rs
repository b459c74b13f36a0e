//! Which reports count.

use super::*;

#[test]
fn reports_of_older_attempts_and_other_machines_are_ignored() {
    let case = Case::running()
        .after(60)
        .on(Case::report(1, drained()))
        .on(Case::fenced(1, true));
    let case = case
        .on(Case::deleted(1, true, true))
        .on(Case::exit(1, None))
        .becomes("launching", &[INSERT]);
    let case = case.on(Case::finished(1, 0));
    assert_eq!(case.outcome, Outcome::ignored("an older attempt"));
    let forged = Input::Report {
        attempt: Case::attempt(2),
        sender: ReportSender {
            job: "other".parse().expect("valid"),
            attempt: Case::attempt(2),
            zone: zones()[0].clone(),
            volume: None,
        },
        report: AgentReport::Finished {
            exit_status: ExitStatus::Exited { code: 0 },
        },
    };
    let case = case.on(forged).becomes("launching", &[]);
    assert_eq!(
        case.outcome,
        Outcome::ignored("it was sent by another machine")
    );
}

#[test]
fn a_report_counts_only_from_the_service_account_of_the_job() {
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
            attempt: Case::attempt(1),
            sender: ReportSender {
                job: ID.parse().expect("valid"),
                attempt: Case::attempt(1),
                zone: zones()[0].clone(),
                volume: sender.clone(),
            },
            report: AgentReport::Finished {
                exit_status: ExitStatus::Exited { code: 0 },
            },
        };
        let case = Case::queued_with(spec).on(report);
        let expected = if heard {
            Outcome::Done
        } else {
            Outcome::ignored("it was sent by a machine of another account")
        };
        assert_eq!(case.outcome, expected, "{sender:?} for a job of {its:?}");
    }
}

#[test]
fn a_machine_of_the_same_name_in_another_zone_is_not_heard() {
    let mut report = Case::finished(1, 0);
    let Input::Report { sender, .. } = &mut report else {
        unreachable!("it is a report");
    };
    sender.zone = zones()[1].clone();
    let case = Case::running().on(report).becomes("running", &[]);
    let other = Outcome::ignored("it was sent by another machine");
    assert_eq!(case.outcome, other);
}

#[test]
fn what_is_about_an_attempt_that_was_never_launched_is_ignored() {
    let case = Case::running().on(Case::started(2)).becomes("running", &[]);
    let never = Outcome::ignored("an attempt that was never launched");
    assert_eq!(case.outcome, never);
}

//! Machines that are refused, and those that may not be removed.

use super::*;

#[test]
fn a_stockout_moves_to_the_zone_that_google_names() {
    let story = Story::queued()
        .told(Story::refused(1, Story::stockout(&["europe-west4-a"])))
        .is("deleting", &[Effect::Fence])
        .told(Story::fenced(1, false))
        .told(Story::deleted(1, false, true))
        .is("launching", &[INSERT]);
    let machine = story.job.machine().expect("one was asked for");
    assert_eq!(
        (machine.zone.as_str(), machine.attempt.number()),
        ("europe-west4-a", 2)
    );
}

#[test]
fn a_job_that_waits_says_what_for() {
    let everywhere = Refusal::Everywhere {
        reason: "GPUS_ALL_REGIONS is 0".into(),
    };
    let story = Story::queued()
        .told(Story::refused(1, everywhere))
        .told(Story::fenced(1, false))
        .told(Story::deleted(1, false, true))
        .is("queued", &[]);
    let JobState::Queued { waiting_for } = &story.job.state else {
        unreachable!("it is queued");
    };
    assert!(waiting_for.contains("us-central1-a") && waiting_for.contains("GPUS_ALL_REGIONS"));
    assert_eq!(story.job.due, Some(at(300)));
    story
        .after(300)
        .told(Input::Overdue)
        .is("launching", &[INSERT]);
}

#[test]
fn a_refusal_for_good_fails_the_job_with_googles_words() {
    let refusal = Refusal::Permanent {
        reason: "403 Required 'compute.instances.create'".into(),
    };
    Story::queued()
        .told(Story::refused(1, refusal))
        .told(Story::fenced(1, false))
        .told(Story::deleted(1, false, true))
        .ends(&JobOutcome::Failed {
            reason: "403 Required 'compute.instances.create'".into(),
        });
}

#[test]
fn a_denied_job_asks_again_for_a_while_and_then_fails_with_googles_words() {
    let words = "403 Required 'compute.instances.create': not invited";
    let denied = |number| {
        let reason = words.to_owned();
        Story::refused(number, Refusal::Denied { reason })
    };
    // Nor may it remove what it may not ask for.
    let not_removed = |number| Input::Denied {
        attempt: Story::attempt(number),
        claimed: false,
        reason: "403".into(),
    };
    let mut story = Story::queued();
    for number in 1..10 {
        story = story
            .told(denied(number))
            .told(Story::fenced(number, false))
            .told(not_removed(number))
            .is("queued", &[]);
        let JobState::Queued { waiting_for } = &story.job.state else {
            unreachable!("it is queued");
        };
        let once =
            format!("a machine in any of us-central1-a, us-central1-b, europe-west4-a ({words})");
        assert_eq!(*waiting_for, once);
        story = story
            .after(60)
            .told(Input::Overdue)
            .is("launching", &[INSERT]);
    }
    story
        .told(denied(10))
        .told(Story::fenced(10, false))
        .told(not_removed(10))
        .ends(&JobOutcome::Failed {
            reason: words.into(),
        });
}

#[test]
fn a_machine_that_may_not_be_removed_keeps_its_job_and_that_is_said_once() {
    let denied = || Input::Denied {
        attempt: Attempt::FIRST,
        claimed: true,
        reason: "403".into(),
    };
    let story = Story::running()
        .told(Input::Cancelled)
        .told(Story::fenced(1, true))
        .told(denied())
        .told(denied())
        .is("deleting", &[]);
    let said = story.job.history.iter();
    let said = said.filter(|moment| moment.what == "cannot remove the machine: 403");
    assert_eq!(said.count(), 1);
    story
        .told(Story::deleted(1, true, true))
        .told(Story::exit(1, None))
        .ends(&JobOutcome::Cancelled);
}

//! Cloud Scheduler over HTTP.

use crate::{at, fault, one};
use events::Tick;

const CALL: &str = "X-CloudScheduler: true
X-CloudScheduler-JobName: sweep
X-CloudScheduler-ScheduleTime: 2026-11-22T06:30:00+01:00
Mode: full
";

#[test]
fn a_call_needs_no_body() {
    let event = one(CALL);
    assert_eq!(event.message_id, "sweep@2026-11-22T06:30:00+01:00");
    assert_eq!(event.publish_time, at("2026-11-22T05:30:00Z"));
    assert_eq!(event.attributes["mode"], "full");
    assert_eq!(event.attributes["x-cloudscheduler-jobname"], "sweep");
    let tick = Tick::try_from(&event).expect("a tick");
    assert_eq!(tick.job.as_deref(), Some("sweep"));
    assert_eq!(tick.due, at("2026-11-22T05:30:00Z"));
}

#[test]
fn a_scheduler_body_is_the_data_whatever_its_form() {
    let body = r#"{"message":{"data":""}}"#;
    assert_eq!(one(&format!("{CALL}\n{body}")).data, body);
}

#[test]
fn scheduler_runs_without_a_time_get_different_ids() {
    let event = one("x-cloudscheduler: true\nx-cloudscheduler-jobname: sweep\n");
    assert_eq!(event.message_id, "");
}

#[test]
fn an_invalid_time_is_named() {
    let text = "x-cloudscheduler: true\nx-cloudscheduler-scheduletime: noon\n";
    assert!(fault(text).contains("x-cloudscheduler-scheduletime"));
}

#[test]
fn any_message_is_a_tick() {
    let text = r#"{"message":{"messageId":"7","data":"","publishTime":"2026-11-22T05:30:00Z"}}"#;
    let tick = Tick::try_from(&one(&format!("\n{text}"))).expect("a tick");
    assert_eq!((tick.job, tick.due), (None, at("2026-11-22T05:30:00Z")));
}

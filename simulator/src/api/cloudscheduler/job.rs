//! Jobs.

use super::{schedule, target};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    agenda::Event,
    collection::{IdSource, Kind, Row, Verb},
    iam::{RequiredPermission, Resource},
};
use names::Timestamp;
use serde_json::{Value, json};

/// How the full names of jobs begin.
const SERVICE: &str = "//cloudscheduler.googleapis.com/";

pub(crate) static JOB: Kind = Kind::new("cloudscheduler.v1", "projects.locations.jobs")
    .id(IdSource::Body("name"), "[a-zA-Z0-9_-]{1,500}", |id| {
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=500).contains(&id.len()) && id.bytes().all(letter)
    })
    .unsimulated(&["appEngineHttpTarget"])
    .requires(act_as)
    .prepare(prepare)
    .follow(|cloud, _, _, name| set_timer(cloud, name))
    .custom(&[
        ("pause", |cloud, call, name| {
            set_state(cloud, call, name, "ENABLED", "PAUSED")
        }),
        ("resume", |cloud, call, name| {
            set_state(cloud, call, name, "PAUSED", "ENABLED")
        }),
        ("run", |cloud, call, name| {
            attempt(cloud, name, call.now);
            Ok(shown(cloud, call, name))
        }),
    ])
    .render(|_, name, _, json| json["name"] = name.into());

/// A job may have a token of an account only if its author may act as it.
fn act_as(_: &Cloud, call: &Call, verb: Verb, name: &str) -> Vec<RequiredPermission> {
    let path = [
        ["httpTarget", "http_target"],
        ["oidcToken", "oidc_token"],
        ["serviceAccountEmail", "service_account_email"],
    ];
    let account = path.iter().fold(&call.body, |value, [camel, snake]| {
        value.get(camel).unwrap_or_else(|| &value[snake])
    });
    let project = name.split('/').nth(1).unwrap_or_default();
    match account.as_str() {
        Some(account) if matches!(verb, Verb::Create | Verb::Update) => {
            let account = Resource::service_account(project, account);
            vec![RequiredPermission::new(
                "iam.serviceAccounts.actAs",
                account,
            )]
        }
        Some(_) | None => Vec::new(),
    }
}

fn prepare(
    _: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    job: &mut Value,
) -> Result<(), ApiError> {
    target::prepare(job, name.split('/').nth(1).unwrap_or_default())?;
    if job["timeZone"].is_null() {
        // Whether Google shows the default is unverified.
        job["timeZone"] = "UTC".into();
    }
    job["scheduleTime"] = json!(next_time(job, call.now)?);
    job["userUpdateTime"] = json!(call.now);
    if old.is_none() {
        job["state"] = "ENABLED".into();
    }
    Ok(())
}

fn next_time(job: &Value, now: Timestamp) -> Result<Timestamp, ApiError> {
    let text = |field: &str| job[field].as_str().unwrap_or_default();
    schedule::next(text("schedule"), text("timeZone"), now)
}

/// Sets the timer of a job to its `scheduleTime`, if it is enabled.
fn set_timer(cloud: &mut Cloud, name: &str) {
    let subject = format!("{SERVICE}{name}");
    cloud.agenda.cancel(&subject);
    let job = JOB.row(cloud, name).map(|row| &row.body);
    let job = job.filter(|job| job["state"] == "ENABLED");
    let at = job.and_then(|job| job["scheduleTime"].as_str()?.parse().ok());
    if let Some(at) = at {
        cloud.agenda.add(at, &subject, Event::Tick);
    }
}

fn set_state(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    from: &str,
    to: &str,
) -> Result<ApiResponse, ApiError> {
    let row = JOB.row_mut(cloud, name).expect("it exists");
    if row.body["state"] != from {
        // Unverified.
        let message = format!("Job {name} must be in state {from}.");
        return Err(ApiError::failed_precondition(message));
    }
    row.body["state"] = to.into();
    row.body["scheduleTime"] = json!(next_time(&row.body, call.now)?);
    set_timer(cloud, name);
    Ok(shown(cloud, call, name))
}

fn shown(cloud: &Cloud, call: &Call, name: &str) -> ApiResponse {
    let row = JOB.row(cloud, name).expect("it exists");
    ApiResponse::Json(JOB.to_json(cloud, name, row, &call.origin))
}

/// Runs a job that is due, and sets its next time.
pub(crate) fn tick(cloud: &mut Cloud, subject: &str, now: Timestamp) {
    let name = subject.trim_start_matches(SERVICE);
    attempt(cloud, name, now);
    if let Some(row) = JOB.row_mut(cloud, name) {
        // There is one: it was found when the schedule was set.
        row.body["scheduleTime"] = json!(next_time(&row.body, now).ok());
    }
    set_timer(cloud, name);
}

impl Cloud {
    /// Runs a job now, beside its schedule; `name` is
    /// `projects/{project}/locations/{location}/jobs/{job}`.
    pub fn run_scheduled_job(&mut self, name: &str, now: Timestamp) {
        attempt(self, name, now);
    }
}

fn attempt(cloud: &mut Cloud, name: &str, now: Timestamp) {
    let Some(row) = JOB.row_mut(cloud, name) else {
        return;
    };
    row.body["lastAttemptTime"] = json!(now);
    let job = row.body.clone();
    let delivery = format!("{SERVICE}{name}#{now}");
    let status = target::send(cloud, &job, name, delivery, now);
    set_status(cloud, name, status);
}

fn set_status(cloud: &mut Cloud, name: &str, status: Option<Value>) {
    if let (Some(row), Some(status)) = (JOB.row_mut(cloud, name), status) {
        row.body["status"] = status;
    }
}

/// Stores the result of a push, unless it is of an earlier attempt. Returns
/// whether the push is one of a job.
pub(crate) fn pushed(cloud: &mut Cloud, delivery: &str, status: Option<u16>) -> bool {
    let push = delivery.strip_prefix(SERVICE);
    let Some((name, time)) = push.and_then(|push| push.rsplit_once('#')) else {
        return false;
    };
    let row = JOB.row(cloud, name);
    if row.is_some_and(|row| row.body["lastAttemptTime"] == time) {
        set_status(cloud, name, Some(target::status(status)));
    }
    true
}

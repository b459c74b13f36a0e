//! Jobs: their methods, and what they send when. The first minute of the tests
//! is 1970-01-01T00:17.

use crate::{
    Command,
    api::test_cloud::{A, B, PROJECT, TestCloud},
    iam::Principal,
};
use serde_json::{Value, json};

const JOBS: &str = "/v1/projects/demo-project/locations/us-central1/jobs";
const NAME: &str = "projects/demo-project/locations/us-central1/jobs/tick";
const TOPIC: &str = "projects/demo-project/topics/ticks";
const NULL: Value = Value::Null;

/// With a topic, and a subscription to it.
fn test_cloud() -> TestCloud {
    let mut world = TestCloud::new();
    let agent = format!("serviceAccount:{A}");
    world
        .cloud
        .grant(PROJECT, "roles/cloudscheduler.admin", &agent, None);
    let (status, _) = world.owner(&format!("PUT /v1/{TOPIC}"), &json!({}));
    assert_eq!(status, 200);
    let put = "PUT /v1/projects/demo-project/subscriptions/ticks";
    assert_eq!(world.owner(put, &json!({ "topic": TOPIC })).0, 200);
    world
}

fn job(changes: Value) -> Value {
    let mut job = json!({
        "name": NAME,
        "schedule": "*/2 * * * *",
        "pubsubTarget": { "topicName": TOPIC, "data": "e30=", "attributes": { "a": "b" } },
    });
    for (field, value) in changes.as_object().expect("an object") {
        job[field] = value.clone();
    }
    job
}

fn create(world: &mut TestCloud, job: &Value) -> Value {
    let (status, job) = world.owner(&format!("POST {JOBS}"), job);
    assert_eq!(status, 200, "{job}");
    job
}

fn get(world: &mut TestCloud) -> Value {
    world.owner(&format!("GET /v1/{NAME}"), &NULL).1
}

fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}

/// The number of messages published since the last call; they are acknowledged.
fn received(world: &mut TestCloud) -> usize {
    let subscription = "/v1/projects/demo-project/subscriptions/ticks";
    let pull = json!({ "maxMessages": 100, "returnImmediately": true });
    let (_, answer) = world.owner(&format!("POST {subscription}:pull"), &pull);
    let messages = answer["receivedMessages"].as_array().cloned();
    let messages = messages.unwrap_or_default();
    for message in &messages {
        assert_eq!(message["message"]["data"], "e30=");
        assert_eq!(message["message"]["attributes"], json!({ "a": "b" }));
        let ack = json!({ "ackIds": [message["ackId"]] });
        world.owner(&format!("POST {subscription}:acknowledge"), &ack);
    }
    messages.len()
}

#[test]
fn a_job_is_created_read_changed_and_deleted() {
    let mut world = test_cloud();
    assert_eq!(world.owner(&format!("GET /v1/{NAME}"), &NULL).0, 404);
    let created = create(&mut world, &job(json!({})));
    let expected = job(json!({
        "timeZone": "UTC",
        "state": "ENABLED",
        "scheduleTime": "1970-01-01T00:18:00Z",
        "userUpdateTime": "1970-01-01T00:16:40Z",
    }));
    assert_eq!(created, expected);
    assert_eq!(get(&mut world), expected);
    let (status, error) = world.owner(&format!("POST {JOBS}"), &job(json!({})));
    assert_eq!(
        (status, message(&error)),
        (409, &*format!("Job {NAME} already exists."))
    );
    world.advance(300);
    let patch = |mask: &str| format!("PATCH /v1/{NAME}?updateMask={mask}");
    let (_, changed) = world.owner(&patch("schedule"), &json!({ "schedule": "0 5 * * *" }));
    assert_eq!(changed["scheduleTime"], "1970-01-01T05:00:00Z");
    assert_eq!(changed["userUpdateTime"], "1970-01-01T00:21:40Z");
    assert_eq!(changed["lastAttemptTime"], "1970-01-01T00:21:40Z");
    let (_, changed) = world.owner(&patch("*"), &job(json!({})));
    assert_eq!(
        (&changed["state"], &changed["status"]),
        (&json!("ENABLED"), &json!({}))
    );
    assert_eq!(world.owner(&patch("schedule"), &json!({})).0, 400);
    let (_, list) = world.owner(&format!("GET {JOBS}"), &NULL);
    assert_eq!(list["jobs"], json!([get(&mut world)]));
    received(&mut world);
    let delete = format!("DELETE /v1/{NAME}");
    assert_eq!(world.owner(&delete, &NULL), (200, json!({})));
    world.advance(600);
    assert_eq!(received(&mut world), 0);
    assert_eq!(world.owner(&delete, &NULL).0, 404);
}

#[test]
fn a_name_may_have_the_number_of_the_project() {
    let mut world = test_cloud();
    let numbered = NAME.replace("demo-project", "42");
    let created = create(&mut world, &job(json!({ "name": numbered })));
    assert_eq!(created["name"], NAME);
}

#[test]
fn a_job_publishes_when_it_is_due_unless_paused() {
    let mut world = test_cloud();
    create(&mut world, &job(json!({})));
    let after = |world: &mut TestCloud, seconds: u64| {
        world.advance(seconds);
        received(world)
    };
    assert_eq!(after(&mut world, 79), 0);
    assert_eq!(after(&mut world, 1), 1);
    let run = get(&mut world);
    assert_eq!(run["lastAttemptTime"], "1970-01-01T00:18:00Z");
    assert_eq!(run["scheduleTime"], "1970-01-01T00:20:00Z");
    assert_eq!(run["status"], json!({}));
    assert_eq!(after(&mut world, 119), 0);
    assert_eq!(after(&mut world, 1), 1);
    // Only one of the runs that were missed.
    assert_eq!(after(&mut world, 3600), 1);
    assert_eq!(
        world.cloud.next_due(),
        get(&mut world)["scheduleTime"]
            .as_str()
            .map(|t| t.parse().expect("a time"))
    );

    let post =
        |world: &mut TestCloud, verb: &str| world.owner(&format!("POST /v1/{NAME}:{verb}"), &NULL);
    let (status, paused) = post(&mut world, "pause");
    assert_eq!((status, &paused["state"]), (200, &json!("PAUSED")));
    assert_eq!(post(&mut world, "pause").0, 400);
    assert_eq!(after(&mut world, 3600), 0);
    let (status, run) = post(&mut world, "run");
    assert_eq!((status, &run["lastAttemptTime"]), (200, &json!(world.now)));
    assert_eq!(after(&mut world, 0), 1);
    // A change does not resume it.
    let patch = format!("PATCH /v1/{NAME}?updateMask=description");
    let (_, changed) = world.owner(&patch, &json!({ "description": "x" }));
    assert_eq!(changed["state"], "PAUSED");
    assert_eq!(after(&mut world, 3600), 0);
    let (status, resumed) = post(&mut world, "resume");
    assert_eq!((status, &resumed["state"]), (200, &json!("ENABLED")));
    assert_eq!(post(&mut world, "resume").0, 400);
    assert_eq!(after(&mut world, 120), 1);

    world.owner(&format!("DELETE /v1/{TOPIC}"), &NULL);
    world.advance(120);
    assert_eq!(get(&mut world)["status"]["code"], 5);
}

#[test]
fn an_http_job_pushes_with_a_token_and_stores_the_result() {
    let mut world = test_cloud();
    let target = json!({ "httpTarget": {
        "uri": "http://127.0.0.1:9/run",
        "body": "aGk=",
        "headers": { "X-Of": "me", "User-Agent": "mine" },
        "oidcToken": { "serviceAccountEmail": A },
    }, "pubsubTarget": null });
    let created = create(&mut world, &job(target));
    assert_eq!(created["attemptDeadline"], "180s");
    assert_eq!(created["httpTarget"]["httpMethod"], "POST");
    for (status, stored) in [
        (Some(204), json!({})),
        (Some(503), json!({ "code": 14 })),
        (None, json!({ "code": 4 })),
    ] {
        world.cloud.commands();
        world.advance(120);
        let commands = world.cloud.commands();
        let [
            Command::Push {
                delivery,
                endpoint,
                token,
                headers,
                body,
                deadline_seconds,
            },
        ] = &commands[..]
        else {
            panic!("{commands:?}")
        };
        assert_eq!(
            (&**endpoint, &body[..], *deadline_seconds),
            ("http://127.0.0.1:9/run", &b"hi"[..], 180)
        );
        assert!(token.is_some());
        for (name, value) in [
            ("content-type", "application/octet-stream"),
            ("x-of", "me"),
            ("user-agent", "Google-Cloud-Scheduler"),
            ("x-cloudscheduler-jobname", "tick"),
        ] {
            assert!(
                headers.contains(&(name.to_owned(), value.to_owned())),
                "{headers:?}"
            );
        }
        world
            .cloud
            .pushed("//cloudscheduler.googleapis.com/x#1", Some(500), world.now);
        world.cloud.pushed(delivery, status, world.now);
        assert_eq!(get(&mut world)["status"], stored);
    }
}

#[test]
fn bad_jobs_are_refused() {
    let mut world = test_cloud();
    let http = |target: Value| {
        let mut http = json!({ "uri": "https://example.com/" });
        for (field, value) in target.as_object().expect("an object") {
            http[field] = value.clone();
        }
        json!({ "pubsubTarget": null, "httpTarget": http })
    };
    for (changes, status, words) in [
        (
            json!({ "schedule": "* * *" }),
            400,
            "Schedule or time zone is invalid.",
        ),
        (
            json!({ "schedule": null }),
            400,
            "Schedule or time zone is invalid.",
        ),
        (
            json!({ "schedule": "0 0 30 2 *" }),
            400,
            "Schedule or time zone is invalid.",
        ),
        (
            json!({ "schedule": "every 5 minutes" }),
            501,
            "five fields of unix-cron",
        ),
        (json!({ "timeZone": "Europe/Zurich" }), 501, "Europe/Zurich"),
        (json!({ "name": "" }), 400, "Invalid name"),
        (json!({ "name": format!("{NAME}!") }), 400, "Invalid name"),
        (
            json!({ "name": "projects/other/locations/us-central1/jobs/tick" }),
            400,
            "Invalid name",
        ),
        (json!({ "pubsubTarget": null }), 400, "exactly one target"),
        (
            json!({ "httpTarget": { "uri": "https://x" } }),
            400,
            "exactly one target",
        ),
        (
            json!({ "appEngineHttpTarget": { "relativeUri": "/" } }),
            501,
            "appEngineHttpTarget",
        ),
        (
            json!({ "pubsubTarget": { "topicName": "ticks", "data": "e30=" } }),
            400,
            "topic",
        ),
        (
            json!({ "pubsubTarget": { "topicName": "projects/p/topics/t", "data": "e30=" } }),
            400,
            "topic",
        ),
        (
            json!({ "pubsubTarget": { "topicName": TOPIC } }),
            400,
            "non-empty data",
        ),
        (
            json!({ "pubsubTarget": { "topicName": TOPIC, "data": "!" } }),
            400,
            "Base64",
        ),
        (http(json!({ "uri": "ftp://x" })), 400, "uri"),
        (http(json!({ "httpMethod": "GET" })), 501, "POST"),
        (
            http(json!({ "oauthToken": { "serviceAccountEmail": A } })),
            501,
            "oauthToken",
        ),
        (
            http(json!({ "oidcToken": { "audience": "x" } })),
            400,
            "service account",
        ),
    ] {
        let (got, answer) = world.owner(&format!("POST {JOBS}"), &job(changes.clone()));
        assert!(
            got == status && message(&answer).contains(words),
            "{changes}: {answer}"
        );
    }
    for (retry, deadline, status) in [
        (1, "180s", 501),
        (0, "5s", 400),
        (0, "1801s", 400),
        (0, "15s", 200),
    ] {
        let mut job = job(http(json!({})));
        job["retryConfig"] = json!({ "retryCount": retry, "maxRetryDuration": "0s" });
        job["attemptDeadline"] = deadline.into();
        let (got, answer) = world.owner(&format!("POST {JOBS}"), &job);
        assert_eq!(got, status, "{answer}");
    }
}

#[test]
fn a_token_of_an_account_requires_act_as_on_it() {
    let mut world = test_cloud();
    let agent = Principal::service_account(A);
    let call = format!("POST {JOBS}");
    for (target, token, account) in [
        ("httpTarget", "oidcToken", "serviceAccountEmail"),
        ("http_target", "oidc_token", "service_account_email"),
    ] {
        let job = json!({ "name": NAME, "schedule": "* * * * *",
            target: { "uri": "https://example.com/", token: { account: B } } });
        let (status, answer) = world.ask(&agent, &call, &job);
        let expected = format!(
            "Permission 'iam.serviceAccounts.actAs' denied on resource \
             '//iam.googleapis.com/projects/demo-project/serviceAccounts/{B}' (or it may not exist)."
        );
        assert_eq!((status, message(&answer)), (403, &*expected));
    }
    let (status, answer) = world.ask(&Principal::service_account(B), &call, &job(json!({})));
    assert_eq!(status, 403);
    assert!(
        message(&answer).starts_with("Permission 'cloudscheduler.jobs.create' denied on resource")
    );
}

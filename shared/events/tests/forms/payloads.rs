//! Payloads of Google's services.

use crate::{at, one};
use events::{AuditEntry, AuditStatus, Build, BuildStatus, DecodeError, Envelope, Severity};

fn of(data: &str) -> Envelope {
    Envelope {
        data: data.to_owned().into(),
        ..Envelope::default()
    }
}

fn build(data: &str) -> Result<Build, DecodeError> {
    Build::try_from(&of(data))
}

fn entry(data: &str) -> Result<AuditEntry, DecodeError> {
    AuditEntry::try_from(&of(data))
}

#[test]
fn a_build_is_read_from_its_message() {
    let event =
        one(std::str::from_utf8(include_bytes!("../../fuzz/seeds/push-build")).expect("text"));
    let build = Build::try_from(&event).expect("a build");
    assert_eq!(build.project, "demo-project");
    assert_eq!(build.status, BuildStatus::Success);
    assert_eq!(build.trigger.as_deref(), Some("t-1"));
    assert_eq!(
        build.images[0].name,
        "us-docker.pkg.dev/demo-project/r/app:1"
    );
    assert!(
        build.images[0]
            .digest
            .as_ref()
            .is_some_and(|d| d.starts_with("sha256:abab"))
    );
    assert_eq!(build.substitutions["COMMIT_SHA"], "c0ffee");
    assert_eq!(build.tags, ["app"]);
    assert_eq!(build.created, at("2026-11-22T05:20:00Z"));
    assert_eq!(build.started, at("2026-11-22T05:20:02.5Z"));
    assert_eq!(build.finished, at("2026-11-22T05:30:00Z"));
}

#[test]
fn a_builds_status_is_a_name_or_a_number() {
    let status = |text: &str| {
        build(&format!(r#"{{"id":"b","projectId":"p","status":{text}}}"#))
            .expect("a build")
            .status
    };
    for (text, number, expected) in [
        ("PENDING", 10, BuildStatus::Pending),
        ("QUEUED", 1, BuildStatus::Queued),
        ("WORKING", 2, BuildStatus::Working),
        ("SUCCESS", 3, BuildStatus::Success),
        ("FAILURE", 4, BuildStatus::Failure),
        ("INTERNAL_ERROR", 5, BuildStatus::InternalError),
        ("TIMEOUT", 6, BuildStatus::Timeout),
        ("CANCELLED", 7, BuildStatus::Cancelled),
        ("EXPIRED", 9, BuildStatus::Expired),
    ] {
        assert_eq!(expected.as_str(), text);
        assert_eq!(status(&format!("{text:?}")), expected);
        assert_eq!(status(&number.to_string()), expected);
        assert_eq!(status(&format!("\"{number}\"")), expected);
    }
    assert_eq!(status(r#""PAUSED""#), BuildStatus::Other("PAUSED".into()));
    assert_eq!(status("42").to_string(), "42");
}

#[test]
fn most_fields_of_a_build_are_optional() {
    let data =
        r#"{"projectId":"example.com:old","status":"QUEUED","results":null,"substitutions":null}"#;
    let mut event = of(data);
    assert!(
        Build::try_from(&event)
            .expect_err("no id")
            .reason
            .contains("buildId")
    );
    for name in ["buildId", "buildid"] {
        event.attributes = [(name.to_owned(), "b".to_owned())].into();
        let build = Build::try_from(&event).expect("a build");
        assert_eq!((build.id.as_str(), build.images.len()), ("b", 0));
    }
}

#[test]
fn an_invalid_build_names_the_field() {
    for (data, part) in [
        ("", "build: EOF"),
        ("[]", "an object"),
        (r#"{"id":"b"}"#, "projectId"),
        (
            r#"{"id":"b","projectId":"p","status":[]}"#,
            "build: status: ",
        ),
        (
            r#"{"id":"b","projectId":"p","status":"QUEUED","results":{"images":[{"name":"i"},{}]}}"#,
            "results.images[1]: missing field `name`",
        ),
        (
            r#"{"id":"b","projectId":"p","status":"QUEUED","createTime":"noon"}"#,
            "createTime: ",
        ),
    ] {
        let fault = build(data).expect_err("broken").to_string();
        assert!(fault.contains(part), "{part:?} is not in {fault:?}");
    }
}

#[test]
fn an_audit_entry_is_read_from_its_message() {
    let event =
        one(std::str::from_utf8(include_bytes!("../../fuzz/seeds/push-audit")).expect("text"));
    let expected = AuditEntry {
        service: "compute.googleapis.com".into(),
        method: "v1.compute.instances.delete".into(),
        resource: Some("projects/demo-project/zones/us-central1-a/instances/gc-train-1".into()),
        principal: Some("ann@example.com".into()),
        status: Some(AuditStatus {
            code: 7,
            message: "denied".into(),
        }),
        insert_id: Some("i1".into()),
        timestamp: at("2026-11-22T05:30:52.520869Z"),
        severity: Severity::Error,
        log_name: Some("projects/demo-project/logs/cloudaudit.googleapis.com%2Factivity".into()),
    };
    assert_eq!(AuditEntry::try_from(&event), Ok(expected));
}

#[test]
fn most_fields_of_an_audit_entry_are_optional() {
    let payload = r#""protoPayload":{"serviceName":"s","methodName":"m","authenticationInfo":{},"status":{}}"#;
    let read = entry(&format!(r#"{{{payload},"severity":400}}"#)).expect("an entry");
    assert_eq!(read.severity, Severity::Warning);
    assert_eq!(read.status, Some(AuditStatus::default()));
    assert_eq!((read.principal, read.timestamp), (None, None));
    let read = entry(&format!("{{{payload}}}")).expect("an entry");
    assert_eq!(read.severity, Severity::Default);
    for (code, expected) in [("\"5\"", 5), ("-1", -1), ("null", 0)] {
        let text = format!(
            r#"{{"protoPayload":{{"serviceName":"s","methodName":"m","status":{{"code":{code}}}}}}}"#
        );
        assert_eq!(
            entry(&text).expect("an entry").status.map(|s| s.code),
            Some(expected)
        );
    }
}

#[test]
fn an_invalid_audit_entry_names_the_field() {
    for (data, part) in [
        (
            r#"{"textPayload":"t"}"#,
            "log entry: missing field `protoPayload`",
        ),
        (
            r#"{"protoPayload":{"serviceName":"s"}}"#,
            "protoPayload: missing field `methodName`",
        ),
        (
            r#"{"protoPayload":{"serviceName":"s","methodName":"m","status":{"code":"x"}}}"#,
            "protoPayload.status.code: ",
        ),
        (
            r#"{"protoPayload":[]}"#,
            "protoPayload: invalid type: sequence",
        ),
    ] {
        let fault = entry(data).expect_err("broken").to_string();
        assert!(fault.contains(part), "{part:?} is not in {fault:?}");
    }
}

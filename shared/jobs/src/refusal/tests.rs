use super::*;
use gcp::ErrorKind;

#[test]
fn each_error_code_has_its_refusal() {
    let is = |code: &str, message: &str| Refusal::from_code(code, message, &[]);
    assert!(matches!(
        is("ZONE_RESOURCE_POOL_EXHAUSTED", ""),
        Refusal::Stockout { .. }
    ));
    assert!(matches!(
        is("QUOTA_EXCEEDED", "Quota 'GPUS_ALL_REGIONS' exceeded"),
        Refusal::AllRegions { .. }
    ));
    assert!(matches!(
        is("QUOTA_EXCEEDED", "Quota 'CPUS' exceeded in region"),
        Refusal::Region { .. }
    ));
    assert!(matches!(
        is("SUBNET_NOT_FOUND", ""),
        Refusal::Permanent { .. }
    ));
    // A fault of the request, which every zone would find.
    assert!(matches!(
        is("INVALID_USAGE", "Invalid value for field 'resource.name'"),
        Refusal::Permanent { .. }
    ));
    assert!(matches!(
        is("UNSUPPORTED_OPERATION", ""),
        Refusal::Transient { .. }
    ));
    assert!(
        matches!(is("SOMETHING_NEW", ""), Refusal::Stockout { .. }),
        "an unknown code loses no job"
    );
}

#[test]
fn what_a_zone_lacks_is_that_zones() {
    let missing = "The referenced resource does not exist.";
    let lacks = [
        format!("Invalid value for field 'resource.machineType': 'x'. {missing}"),
        format!(
            "Invalid value for field 'resource.guestAccelerators[0].acceleratorType': 'x'. {missing}"
        ),
        format!(
            "Invalid value for field 'resource.disks[0].initializeParams.diskType': 'x'. {missing}"
        ),
        "The resource 'projects/p/zones/z/acceleratorTypes/nvidia-l4' was not found".to_owned(),
        "Invalid value for field 'zone': 'us-central9-z'. Unknown zone.".to_owned(),
    ];
    for message in &lacks {
        for status in [400, 404] {
            let refusal = from_call(status, "invalid", message).expect(message);
            assert_eq!((refusal.place(), refusal.is_lasting()), (Place::Zone, true));
            assert_eq!(refusal.retry_after().as_secs(), 259_200, "three days");
        }
        let refusal = Refusal::from_code("INVALID_FIELD_VALUE", message, &[]);
        assert_eq!((refusal.place(), refusal.is_lasting()), (Place::Zone, true));
    }
    let name = "Invalid value for field 'resource.name': 'x'.";
    let refusal = from_call(400, "invalid", name);
    assert!(matches!(refusal, Some(Refusal::Permanent { .. })));
}

#[test]
fn a_quota_of_zero_is_lasting_and_says_what_to_ask_for() {
    let quota = |name, rest| {
        let message = format!("Quota '{name}' exceeded.  Limit: {rest}");
        Refusal::from_code("QUOTA_EXCEEDED", &message, &[])
    };
    let none = quota("NVIDIA_T4_GPUS", "0.0 in region us-central1.");
    assert_eq!((none.place(), none.is_lasting()), (Place::Region, true));
    let ask = "ask Google for NVIDIA_T4_GPUS in region us-central1";
    assert!(none.reason().contains(ask), "{none:?}");
    let none = quota("GPUS_ALL_REGIONS", "0.0 globally.");
    assert_eq!((none.place(), none.is_lasting()), (Place::Everywhere, true));
    assert!(none.reason().contains("GPUS_ALL_REGIONS for all regions"));
    for some in ["10.0 in region us-central1.", "0.5 globally."] {
        assert!(!quota("NVIDIA_T4_GPUS", some).is_lasting(), "{some}");
    }
}

#[test]
fn a_rate_limit_says_nothing_of_the_machine() {
    let minute = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of \
                  service 'compute.googleapis.com' for consumer 'project_number:1'.";
    for (reason, message) in [
        ("rateLimitExceeded", "Rate Limit Exceeded"),
        ("userRateLimitExceeded", "User Rate Limit Exceeded"),
        ("RATE_LIMIT_EXCEEDED", minute),
        ("quotaExceeded", minute),
    ] {
        assert_eq!(from_call(403, reason, message), None, "{reason}");
    }
}

fn from_call(status: u16, reason: &str, message: &str) -> Option<Refusal> {
    Refusal::from_call(&gcp::Error {
        method: "compute.instances.insert",
        resource: "/r".to_owned(),
        is_conditional: false,
        kind: ErrorKind::Status {
            status,
            reason: reason.to_owned(),
            message: message.to_owned(),
            retry_after: None,
            details: serde_json::Value::Null,
        },
    })
}

/// A 403 is not always a missing permission.
#[test]
fn a_failed_call_is_judged_by_its_reason() {
    assert_eq!(from_call(503, "backendError", ""), None);
    let quota = from_call(403, "quotaExceeded", "Quota 'CPUS' exceeded");
    assert!(matches!(quota, Some(Refusal::Region { .. })), "{quota:?}");
    let missing = from_call(403, "forbidden", "Required 'x' permission");
    let reason = "403 Required 'x' permission".to_owned();
    assert_eq!(missing, Some(Refusal::Denied { reason }));
    let disabled = from_call(403, "accessNotConfigured", "Compute is off");
    let disabled = disabled.expect("a refusal");
    assert!(disabled.reason().contains("enable the API"), "{disabled:?}");
    let policy = from_call(412, "conditionNotMet", "Constraint constraints/x violated");
    let policy = policy.expect("a refusal");
    assert!(matches!(policy, Refusal::Permanent { .. }), "{policy:?}");
    assert!(policy.reason().contains("administrator"), "{policy:?}");
}

#[test]
fn a_call_that_finds_no_capacity_left_is_a_stockout() {
    for reason in [
        "ZONE_RESOURCE_POOL_EXHAUSTED",
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS",
        "insufficientCapacity",
    ] {
        let refusal = from_call(503, reason, "none left");
        let is_stockout = matches!(refusal, Some(Refusal::Stockout { .. }));
        assert!(is_stockout, "{reason}: {refusal:?}");
    }
}

#[test]
fn only_permanent_refusals_and_denials_name_the_volume() {
    let volume: VolumeName = "data".parse().expect("valid");
    let named = |code| {
        let refusal = Refusal::from_code(code, "its account", &[]).with_volume_hint(&volume);
        refusal.reason().contains("groundcrew volume create data")
    };
    assert!(named("EXTERNAL_RESOURCE_NOT_FOUND"));
    assert!(named("SERVICE_ACCOUNT_ACCESS_DENIED"));
    assert!(!named("RESOURCE_NOT_READY"));
}

#[test]
fn the_zones_that_google_recommends_are_kept() {
    let names = ["us-east1-b".to_owned(), "not a zone".to_owned()];
    let refusal = Refusal::from_code("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "", &names);
    let Refusal::Stockout {
        recommended_zones, ..
    } = refusal
    else {
        panic!("a stockout");
    };
    assert_eq!(recommended_zones, ["us-east1-b".parse().expect("valid")]);
}

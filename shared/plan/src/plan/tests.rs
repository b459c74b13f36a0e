use super::*;
use crate::{Bucket, CryptoKey, DuplicateResource, Fields, KeyRing, Policy, PolicyTarget, Value};
use names::Duration;

const NAME: &str = "demo-bucket";
const RING: &str = "projects/demo-project/locations/global/keyRings/r";

fn valid<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is valid"))
}

fn bucket() -> Resource {
    Resource::Bucket(Bucket {
        name: valid(NAME),
        project: valid("demo-project"),
        location: valid("eu"),
        labels: BTreeMap::new(),
        soft_delete: Duration::ZERO,
        versioning: false,
    })
}

fn key() -> Resource {
    Resource::Key(CryptoKey {
        name: valid(&format!("{RING}/cryptoKeys/k")),
        rotation: Duration::from_secs(86_400),
        labels: BTreeMap::new(),
    })
}

fn ring() -> Resource {
    Resource::Ring(KeyRing { name: valid(RING) })
}

/// A resource just as the deployment wants it.
fn as_wanted(resource: &Resource, mark: Ownership) -> ObservedState {
    let wanted = resource.wanted(Some(&valid("local")));
    let fields: Fields = wanted
        .into_iter()
        .map(|(name, (value, _))| (name, value))
        .collect();
    ObservedState {
        fields,
        uid: Some("1".to_owned()),
        ownership: mark,
        lifecycle: Lifecycle::Active,
    }
}

fn ours() -> Ownership {
    Ownership::MarkedBy("local".to_owned())
}

fn entry(origin: Origin) -> ResourceRecord {
    ResourceRecord {
        origin,
        uid: Some("1".to_owned()),
        depends_on: BTreeSet::new(),
        grants: BTreeSet::new(),
    }
}

fn planned(
    desired: &[Resource],
    seen: &[(ResourceId, ObservedState)],
    known: &[(ResourceId, ResourceRecord)],
) -> Plan {
    let manifest = Manifest::new(valid("local"), desired.iter().cloned()).expect("each once");
    let observed = seen
        .iter()
        .map(|(id, seen)| (id.clone(), Some(seen.clone())))
        .collect();
    let record = DeploymentRecord {
        deployment: valid("local"),
        entries: known.iter().cloned().collect(),
    };
    plan(&manifest, &observed, &record)
}

fn first_line(plan: &Plan) -> String {
    plan.to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn whose_it_is_decides_what_is_done() {
    let id = bucket().id();
    let other = || Ownership::MarkedBy("other".to_owned());
    let made = || Some(entry(Origin::Created));
    let remade = || {
        Some(ResourceRecord {
            uid: Some("2".to_owned()),
            ..entry(Origin::Created)
        })
    };
    // (mark of what is there, what the record says) => if wanted, if not.
    let table = [
        (None, None, "+      bucket demo-bucket", ""),
        (None, made(), "+      bucket demo-bucket", ""),
        (Some(ours()), None, "=      bucket demo-bucket", ""),
        (
            Some(ours()),
            made(),
            "=      bucket demo-bucket",
            "-      bucket demo-bucket",
        ),
        (
            Some(Ownership::Unmarked),
            made(),
            "=      bucket demo-bucket",
            "-      bucket demo-bucket",
        ),
        (
            Some(ours()),
            Some(entry(Origin::Creating)),
            "=      bucket demo-bucket",
            "-      bucket demo-bucket",
        ),
        (
            Some(Ownership::Unmarked),
            None,
            "adopt  bucket demo-bucket",
            "",
        ),
        (
            Some(Ownership::Unmarked),
            Some(entry(Origin::Creating)),
            "=      bucket demo-bucket (adopted)",
            "",
        ),
        (
            Some(Ownership::Unmarked),
            Some(entry(Origin::Adopted)),
            "=      bucket demo-bucket (adopted)",
            "=      bucket demo-bucket (adopted)",
        ),
        (
            Some(ours()),
            Some(entry(Origin::Adopted)),
            "=      bucket demo-bucket (adopted)",
            "=      bucket demo-bucket (adopted)",
        ),
        // Another bucket of the same name is not the one that was made.
        (
            Some(Ownership::Unmarked),
            remade(),
            "=      bucket demo-bucket (adopted)",
            "",
        ),
        (
            Some(other()),
            None,
            "!      bucket demo-bucket (it belongs to the deployment other; choose another name for it)",
            "",
        ),
        (
            Some(other()),
            Some(entry(Origin::Creating)),
            "!      bucket demo-bucket (it belongs to the deployment other; choose another name for it)",
            "",
        ),
    ];
    for (mark, known, wanted, unwanted) in table {
        let seen: Vec<_> = mark
            .iter()
            .map(|m| (id.clone(), as_wanted(&bucket(), m.clone())))
            .collect();
        let known: Vec<_> = known.iter().map(|e| (id.clone(), e.clone())).collect();
        let plan = planned(&[bucket()], &seen, &known);
        assert_eq!(first_line(&plan), wanted, "{mark:?} {known:?}");
        let plan = planned(&[], &seen, &known);
        let line = first_line(&plan);
        let line = if plan.steps.is_empty() { "" } else { &line };
        assert_eq!(line, unwanted, "{mark:?} {known:?}");
        let forgotten = unwanted.is_empty() && !known.is_empty();
        assert_eq!(!plan.forgotten.is_empty(), forgotten, "{mark:?} {known:?}");
    }
}

#[test]
fn what_cannot_change_is_refused_and_what_is_adopted_is_left_as_it_is() {
    let mut seen = as_wanted(&bucket(), ours());
    seen.fields.insert("location", "US".into());
    seen.fields
        .insert("public-access-prevention", "inherited".into());
    let id = bucket().id();
    let plan = planned(&[bucket()], &[(id.clone(), seen.clone())], &[]);
    assert!(
        first_line(&plan).contains("location: \"US\" -> \"EU\" cannot be changed"),
        "{plan}"
    );
    seen.ownership = Ownership::Unmarked;
    let plan = planned(&[bucket()], &[(id, seen)], &[]);
    let text = plan.to_string();
    let expected = "adopt  bucket demo-bucket\n         public-access-prevention: \"inherited\" -> \"enforced\"\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_key_that_has_to_go_keeps_its_ring_until_it_is_gone() {
    let (key_id, ring_id) = (key().id(), ring().id());
    let known = [
        (
            key_id.clone(),
            ResourceRecord {
                depends_on: [ring_id.clone()].into(),
                ..entry(Origin::Created)
            },
        ),
        (ring_id.clone(), entry(Origin::Created)),
    ];
    let until = Timestamp::from_seconds(2_592_000);
    for (life, signs) in [
        (Lifecycle::Active, ["retain", "retain"]),
        (Lifecycle::Destroying(Some(until)), ["retain", "retain"]),
        (Lifecycle::Destroyed, ["-", "-"]),
    ] {
        let gone = ObservedState {
            lifecycle: life,
            ..as_wanted(&key(), ours())
        };
        let seen = [
            (key_id.clone(), gone),
            (ring_id.clone(), ObservedState::plain()),
        ];
        let plan = planned(&[], &seen, &known);
        let found: Vec<_> = plan
            .steps
            .iter()
            .map(|s| (s.id.clone(), s.action.sign()))
            .collect();
        let expected = [(key_id.clone(), signs[0]), (ring_id.clone(), signs[1])];
        assert_eq!(found, expected, "{life:?}");
        assert_eq!(
            plan.to_string().contains("until 1970-01-31"),
            life == Lifecycle::Destroying(Some(until))
        );
    }
    // Wanted again, a key whose versions are ending gets a new one.
    let ending = ObservedState {
        lifecycle: Lifecycle::Destroying(Some(until)),
        ..as_wanted(&key(), ours())
    };
    let plan = planned(&[key()], &[(key_id.clone(), ending)], &known);
    assert!(
        plan.step(&key_id)
            .is_some_and(|s| matches!(s.action, Action::Restore { .. }))
    );
}

fn grants(roles: &[&str]) -> BTreeSet<Grant> {
    let grant = |role: &&str| Grant {
        role: valid(role),
        member: valid("user:a@example.com"),
        condition: None,
    };
    roles.iter().map(grant).collect()
}

#[test]
fn a_policy_gains_what_it_lacks_and_loses_only_what_was_added() {
    let of = PolicyTarget::Project(valid("demo-project"));
    let id = ResourceId::Policy(of.clone());
    let held = ["roles/viewer", "roles/browser", "roles/editor"];
    let held: BTreeSet<String> = grants(&held).iter().map(Grant::to_string).collect();
    let seen = ObservedState {
        fields: [("grants", Value::Set(held))].into(),
        ..ObservedState::plain()
    };
    let known = ResourceRecord {
        // One was taken away by hand in the meantime.
        grants: grants(&["roles/browser", "roles/owner"]),
        ..entry(Origin::Adopted)
    };
    let desired = Resource::Policy(Policy {
        of,
        grants: grants(&["roles/viewer", "roles/run.invoker"]),
    });
    let plan_with = |desired: &[Resource]| {
        planned(
            desired,
            &[(id.clone(), seen.clone())],
            &[(id.clone(), known.clone())],
        )
    };
    let plan = plan_with(&[desired]);
    let step = plan.step(&id).expect("planned");
    let changes: Vec<String> = step
        .action
        .changes()
        .iter()
        .map(Change::to_string)
        .collect();
    let expected = [
        "grants: +roles/run.invoker to user:a@example.com",
        "grants: -roles/browser to user:a@example.com",
    ];
    assert_eq!(changes, expected);
    assert_eq!(step.grants, grants(&["roles/run.invoker"]));
    let plan = plan_with(&[]);
    assert_eq!(plan.steps[0].removed_grants, grants(&["roles/browser"]));
}

#[test]
fn steps_come_after_what_they_need() {
    let plan = planned(&[key(), ring()], &[], &[]);
    let order: Vec<ResourceId> = plan.steps.iter().map(|s| s.id.clone()).collect();
    assert_eq!(order, [ring().id(), key().id()]);
    let twice = Manifest::new(valid("local"), [ring(), ring()]);
    assert_eq!(twice, Err(DuplicateResource(ring().id())));
}

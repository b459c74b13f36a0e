mod policies;

use super::*;
use crate::{
    Bucket, CryptoKey, CustomRole, DuplicateResource, FieldValue, KeyRing, ObservedFields,
    ObservedGrant, Ownership, PolicyGrants, PolicyTarget,
};
use names::{Duration, Timestamp};

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
        expiry: None,
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

/// A resource in its desired state.
fn as_desired(resource: &Resource, mark: Ownership) -> ObservedState {
    let desired = resource.desired_fields(Some(&valid("demo-project_local")));
    let fields: ObservedFields = desired
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
    Ownership::MarkedBy("demo-project_local".to_owned())
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
    observed: &[(ResourceId, ObservedState)],
    recorded: &[(ResourceId, ResourceRecord)],
) -> Plan {
    let manifest =
        Manifest::new(valid("demo-project_local"), desired.iter().cloned()).expect("each once");
    let observed = observed
        .iter()
        .map(|(id, state)| (id.clone(), Some(state.clone())))
        .collect();
    let record = DeploymentRecord {
        deployment: valid("demo-project_local"),
        entries: recorded.iter().cloned().collect(),
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
fn ownership_decides_the_action() {
    let id = bucket().id();
    let other = || Ownership::MarkedBy("demo-project_other".to_owned());
    let made = || Some(entry(Origin::Created));
    let remade = || {
        Some(ResourceRecord {
            uid: Some("2".to_owned()),
            ..entry(Origin::Created)
        })
    };
    // (observed mark, record) => step if desired, step if not.
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
        // Another bucket of the same name is not the recorded one.
        (
            Some(Ownership::Unmarked),
            remade(),
            "=      bucket demo-bucket (adopted)",
            "",
        ),
        (
            Some(other()),
            None,
            "!      bucket demo-bucket (it belongs to the deployment demo-project_other; choose another name for it)",
            "",
        ),
        (
            Some(other()),
            Some(entry(Origin::Creating)),
            "!      bucket demo-bucket (it belongs to the deployment demo-project_other; choose another name for it)",
            "",
        ),
    ];
    for (mark, recorded, wanted, unwanted) in table {
        let observed: Vec<_> = mark
            .iter()
            .map(|m| (id.clone(), as_desired(&bucket(), m.clone())))
            .collect();
        let recorded: Vec<_> = recorded.iter().map(|e| (id.clone(), e.clone())).collect();
        let plan = planned(&[bucket()], &observed, &recorded);
        assert_eq!(first_line(&plan), wanted, "{mark:?} {recorded:?}");
        let plan = planned(&[], &observed, &recorded);
        let line = first_line(&plan);
        let line = if plan.steps.is_empty() { "" } else { &line };
        assert_eq!(line, unwanted, "{mark:?} {recorded:?}");
        let forgotten = unwanted.is_empty() && !recorded.is_empty();
        assert_eq!(
            !plan.forgotten.is_empty(),
            forgotten,
            "{mark:?} {recorded:?}"
        );
    }
}

#[test]
fn an_immutable_difference_is_refused_and_an_adopted_one_is_kept() {
    let mut observed = as_desired(&bucket(), ours());
    observed.fields.insert("location", "US".into());
    observed
        .fields
        .insert("public-access-prevention", "inherited".into());
    let id = bucket().id();
    let plan = planned(&[bucket()], &[(id.clone(), observed.clone())], &[]);
    assert!(
        first_line(&plan).contains("location: \"US\" -> \"EU\" cannot be changed"),
        "{plan}"
    );
    observed.ownership = Ownership::Unmarked;
    let plan = planned(&[bucket()], &[(id, observed)], &[]);
    let text = plan.to_string();
    let expected = "adopt  bucket demo-bucket\n         public-access-prevention: \"inherited\" -> \"enforced\"\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_ring_is_retained_until_its_key_is_destroyed() {
    let (key_id, ring_id) = (key().id(), ring().id());
    let recorded = [
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
            ..as_desired(&key(), ours())
        };
        let observed = [
            (key_id.clone(), gone),
            (ring_id.clone(), ObservedState::existing()),
        ];
        let plan = planned(&[], &observed, &recorded);
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
    // Desired again, a key whose versions are being destroyed is restored.
    let ending = ObservedState {
        lifecycle: Lifecycle::Destroying(Some(until)),
        ..as_desired(&key(), ours())
    };
    let plan = planned(&[key()], &[(key_id.clone(), ending)], &recorded);
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
fn a_policy_gains_missing_grants_and_loses_only_added_ones() {
    let target = PolicyTarget::Project(valid("demo-project"));
    let id = ResourceId::Policy(target.clone());
    let held = ["roles/viewer", "roles/browser", "roles/editor"];
    let held = grants(&held).iter().map(ObservedGrant::from).collect();
    let observed = ObservedState {
        fields: [("grants", FieldValue::Grants(held))].into(),
        ..ObservedState::existing()
    };
    let recorded = ResourceRecord {
        // One was taken away by hand in the meantime.
        grants: grants(&["roles/browser", "roles/owner"]),
        ..entry(Origin::Adopted)
    };
    let desired = Resource::Policy(PolicyGrants {
        target,
        grants: grants(&["roles/viewer", "roles/run.invoker"]),
        exclusive: BTreeSet::new(),
    });
    let plan_with = |desired: &[Resource]| {
        planned(
            desired,
            &[(id.clone(), observed.clone())],
            &[(id.clone(), recorded.clone())],
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
    assert_eq!(step.input.grants, grants(&["roles/run.invoker"]));
    let plan = plan_with(&[]);
    assert_eq!(
        plan.steps[0].input.removed_grants,
        grants(&["roles/browser"])
    );
}

#[test]
fn steps_are_ordered_after_their_dependencies() {
    let plan = planned(&[key(), ring()], &[], &[]);
    let order: Vec<ResourceId> = plan.steps.iter().map(|s| s.id.clone()).collect();
    assert_eq!(order, [ring().id(), key().id()]);
    let twice = Manifest::new(valid("demo-project_local"), [ring(), ring()]);
    assert_eq!(twice, Err(DuplicateResource(ring().id())));
}

#[test]
fn every_action_is_shown_with_its_changes_and_reasons() {
    let marked = |by: &str, resource: &Resource| {
        let state = as_desired(resource, Ownership::MarkedBy(by.to_owned()));
        (resource.id(), state)
    };
    let role = |id: &str| {
        Resource::Role(CustomRole {
            name: valid(&format!("projects/demo-project/roles/{id}")),
            title: "Title".to_owned(),
            description: "Description.".to_owned(),
            permissions: ["storage.objects.get".to_owned()].into(),
        })
    };
    let (bucket_id, mut adopted) = marked("demo-project_local", &bucket());
    adopted.ownership = Ownership::Unmarked;
    let public = "public-access-prevention";
    adopted.fields.insert(public, "inherited".into());
    let (drifted_id, mut drifted) = marked("demo-project_local", &role("drifted"));
    let fewer = FieldValue::Set(["storage.objects.list".to_owned()].into());
    drifted.fields.insert("permissions", fewer);
    let (deleted_id, mut deleted) = marked("demo-project_local", &role("deleted"));
    deleted.lifecycle = Lifecycle::SoftDeleted;
    let (key_id, mut destroying) = marked("demo-project_local", &key());
    destroying.lifecycle = Lifecycle::Destroying(Some(Timestamp::from_seconds(2_592_000)));
    let policy = Resource::Policy(PolicyGrants {
        target: PolicyTarget::Project(valid("demo-project")),
        grants: grants(&["roles/viewer"]),
        exclusive: BTreeSet::new(),
    });
    let desired = [
        bucket(),
        role("missing"),
        role("drifted"),
        role("deleted"),
        role("unchanged"),
        role("theirs"),
        policy,
    ];
    let observed = [
        (bucket_id, adopted),
        (drifted_id, drifted),
        (deleted_id, deleted),
        marked("demo-project_local", &role("unchanged")),
        marked("demo-project_other", &role("theirs")),
        marked("demo-project_local", &role("surplus")),
        (key_id.clone(), destroying),
        (ring().id(), ObservedState::existing()),
    ];
    let recorded = [
        (role("surplus").id(), entry(Origin::Created)),
        (key_id, entry(Origin::Created)),
        (ring().id(), entry(Origin::Created)),
    ];
    let plan = planned(&desired, &observed, &recorded);
    insta::assert_snapshot!(plan, @r#"
    +      role projects/demo-project/roles/deleted (restored)
    ~      role projects/demo-project/roles/drifted
             permissions: +storage.objects.get
             permissions: -storage.objects.list
    +      role projects/demo-project/roles/missing
    -      role projects/demo-project/roles/surplus
    !      role projects/demo-project/roles/theirs (it belongs to the deployment demo-project_other; choose another name for it)
    =      role projects/demo-project/roles/unchanged
    retain key-ring projects/demo-project/locations/global/keyRings/r (it contains a key that is being destroyed, until 1970-01-31T00:00:00Z)
    retain key projects/demo-project/locations/global/keyRings/r/cryptoKeys/k (its versions are being destroyed, until 1970-01-31T00:00:00Z)
    adopt  bucket demo-bucket
             public-access-prevention: "inherited" -> "enforced"
    +      policy of project demo-project
             grants: +roles/viewer to user:a@example.com
    3 to create, 1 to change, 1 to delete, 1 to adopt, 2 retained, 1 unchanged, 1 refused
    "#);
}

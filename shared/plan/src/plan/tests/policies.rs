//! What a plan says of policies.

use super::*;

#[test]
fn a_grant_that_others_gave_is_named_and_kept() {
    let target = PolicyTarget::Project(valid("demo-project"));
    let held = grants(&["roles/viewer", "roles/owner"]);
    let held = held.iter().map(ObservedGrant::from).collect();
    let observed = ObservedState {
        fields: [("grants", FieldValue::Grants(held))].into(),
        ..ObservedState::existing()
    };
    let desired = Resource::Policy(PolicyGrants {
        target,
        grants: grants(&["roles/viewer"]),
        exclusive: ["user:a@example.com".to_owned()].into(),
    });
    let plan = planned(
        std::slice::from_ref(&desired),
        &[(desired.id(), observed)],
        &[],
    );
    let surplus = plan.surplus();
    let named: Vec<String> = surplus.map(|(id, s)| format!("{id}: {s}")).collect();
    let owner = "grants: surplus roles/owner to user:a@example.com";
    assert_eq!(named, [format!("policy of project demo-project: {owner}")]);
    assert!(plan.is_empty(), "{plan}");
}

/// Its old bindings take effect again together with it: the step removes those
/// that the plan does not want.
#[test]
fn the_step_that_restores_a_role_knows_the_grants_that_the_plan_wants_of_it() {
    let role = Resource::Role(CustomRole {
        name: valid("projects/demo-project/roles/operator"),
        title: "Title".to_owned(),
        description: "Description.".to_owned(),
        permissions: BTreeSet::new(),
    });
    let policy = |target: PolicyTarget, roles: &[&str]| {
        Resource::Policy(PolicyGrants {
            target,
            grants: grants(roles),
            exclusive: BTreeSet::new(),
        })
    };
    let project = PolicyTarget::Project(valid("demo-project"));
    let operator = "projects/demo-project/roles/operator";
    let mut deleted = as_desired(&role, ours());
    deleted.lifecycle = Lifecycle::SoftDeleted;
    let plan = planned(
        &[
            role.clone(),
            policy(project.clone(), &[operator, "roles/viewer"]),
            policy(PolicyTarget::Bucket(valid(NAME)), &["roles/viewer"]),
        ],
        &[(role.id(), deleted)],
        &[],
    );
    let step = plan.step(&role.id()).expect("planned");
    assert!(matches!(step.action, Action::Restore { .. }), "{plan}");
    let wanted = [(project, grants(&[operator]))].into();
    assert_eq!(step.input.role_grants, wanted);
}

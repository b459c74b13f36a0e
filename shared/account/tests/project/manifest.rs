//! The manifest, as the plan of an empty project shows it.

use account::{Settings, Spec, manifest};
use plan::{
    DeploymentRecord, Lifecycle, Observed, ObservedState, Ownership, PolicyTarget, ResourceId,
    Value,
};

#[test]
fn the_plan_of_an_empty_project() {
    let project = "customer-project".parse().expect("an id");
    let resource_manager = "resource-manager@groundcrew-home.iam.gserviceaccount.com";
    let settings = Settings {
        resource_manager: resource_manager.parse().expect("an address"),
        functions: ["job-changed@groundcrew-home.iam.gserviceaccount.com"
            .parse()
            .expect("an address")]
        .into(),
        regions: ["us-central1".parse().expect("a region")].into(),
        reports: "projects/groundcrew-home/topics/job-reported".parse().ok(),
    };
    let spec = Spec::of(project);
    let manifest = manifest(&spec, &settings);
    // A project has a policy from the start.
    let policy = ObservedState {
        fields: [("grants", Value::Set(Default::default()))].into(),
        uid: None,
        ownership: Ownership::Unmarkable,
        lifecycle: Lifecycle::Active,
    };
    let project = ResourceId::Policy(PolicyTarget::Project(spec.project.clone()));
    let observed: Observed = [(project, Some(policy))].into();
    let plan = plan::plan(
        &manifest,
        &observed,
        &DeploymentRecord::new(spec.deployment),
    );
    assert_eq!(
        plan.to_string(),
        include_str!("empty-project.txt").trim_end()
    );
}

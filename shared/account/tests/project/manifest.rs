//! The manifest, as the plan of an empty project shows it.

use account::{Settings, Spec, manifest};
use plan::{
    DeploymentRecord, FieldValue, Lifecycle, Observed, ObservedState, Ownership, PolicyTarget,
    ResourceId,
};

#[test]
fn an_empty_project_has_the_expected_plan() {
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
        maintenance: "projects/groundcrew-home/topics/maintenance-noticed"
            .parse()
            .ok(),
        closed_topics: [].into(),
    };
    let spec = Spec::of(project);
    let manifest = manifest(&spec, &settings);
    // A project has a policy from the start.
    let policy = ObservedState {
        fields: [("grants", FieldValue::Grants(Default::default()))].into(),
        uid: None,
        ownership: Ownership::Unmarkable,
        lifecycle: Lifecycle::Active,
    };
    let project = ResourceId::Policy(PolicyTarget::Project(spec.project.clone()));
    let observed: Observed = [(project, Some(policy))].into();
    let plan = plan::plan(
        &manifest,
        &observed,
        &DeploymentRecord::new(spec.deployment_id()),
    );
    insta::assert_snapshot!(plan, @r#"
    +      api projects/customer-project/services/cloudkms.googleapis.com
    +      api projects/customer-project/services/cloudresourcemanager.googleapis.com
    +      api projects/customer-project/services/compute.googleapis.com
    +      api projects/customer-project/services/iam.googleapis.com
    +      api projects/customer-project/services/logging.googleapis.com
    +      api projects/customer-project/services/pubsub.googleapis.com
    +      api projects/customer-project/services/storage.googleapis.com
    +      role projects/customer-project/roles/groundcrewInstance
    +      role projects/customer-project/roles/groundcrewResourceManager
    +      account groundcrew-instances@customer-project.iam.gserviceaccount.com
    +      key-ring projects/customer-project/locations/us-central1/keyRings/groundcrew-default
    +      bucket customer-project-groundcrew
    +      network projects/customer-project/global/networks/groundcrew
    +      sink projects/customer-project/sinks/groundcrew-default
    +      key projects/customer-project/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets
    +      folder customer-project-groundcrew/agent/
    +      folder customer-project-groundcrew/jobs/
    +      subnetwork projects/customer-project/regions/us-central1/subnetworks/groundcrew
    ~      policy of project customer-project
             grants: +projects/customer-project/roles/groundcrewResourceManager to serviceAccount:resource-manager@groundcrew-home.iam.gserviceaccount.com if groundcrew: its own machines (resource.type != "compute.googleapis.com/Instance" || resource.name.extract("/instances/{name}").startsWith("gc-"))
    +      policy of account groundcrew-instances@customer-project.iam.gserviceaccount.com
             grants: +roles/iam.serviceAccountUser to serviceAccount:resource-manager@groundcrew-home.iam.gserviceaccount.com
    +      policy of bucket customer-project-groundcrew
             grants: +projects/customer-project/roles/groundcrewInstance to serviceAccount:groundcrew-instances@customer-project.iam.gserviceaccount.com if groundcrew: all but its record and volumes (!resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/objects/groundcrew/") && !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/objects/volumes/") && !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/managedFolders/volumes/"))
             grants: +roles/storage.objectUser to serviceAccount:groundcrew-instances@customer-project.iam.gserviceaccount.com if groundcrew: checkpoints of jobs (resource.name.extract("projects/_/buckets/customer-project-groundcrew/objects/jobs/{job}/checkpoints/") != "")
    +      policy of topic projects/groundcrew-home/topics/job-reported
             grants: +roles/pubsub.publisher to serviceAccount:groundcrew-instances@customer-project.iam.gserviceaccount.com
    +      policy of key projects/customer-project/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets
             grants: +projects/customer-project/roles/groundcrewInstance to serviceAccount:groundcrew-instances@customer-project.iam.gserviceaccount.com
    +      policy of folder customer-project-groundcrew/jobs/
             grants: +projects/customer-project/roles/groundcrewInstance to serviceAccount:job-changed@groundcrew-home.iam.gserviceaccount.com if groundcrew: claims and exit records (resource.type != "storage.googleapis.com/Object" || resource.name.endsWith("/claim.json") || resource.name.endsWith("/exit.json"))
    23 to create, 1 to change, 0 to delete, 0 to adopt, 0 retained, 0 unchanged
    "#);
}

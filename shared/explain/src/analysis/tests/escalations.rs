//! Access through escalations.

use super::*;

/// Each permission alone, on the account, its project or a machine that runs as it.
#[test]
fn every_escalation_to_an_account_is_found() {
    let theirs = machine("theirs");
    let on_account = account(OTHER);
    let act_as = "iam.serviceAccounts.actAs";
    let cases: &[(&[(&str, &str)], &str)] = &[
        (
            &[("iam.serviceAccounts.getAccessToken", &on_account)],
            "mints an access token of",
        ),
        (
            &[("iam.serviceAccounts.getAccessToken", FOLDER)],
            "mints an access token of",
        ),
        (
            &[("iam.serviceAccounts.getOpenIdToken", PROJECT)],
            "mints an ID token of",
        ),
        (
            &[("iam.serviceAccounts.signBlob", PROJECT)],
            "signs bytes as",
        ),
        (
            &[("iam.serviceAccounts.signJwt", PROJECT)],
            "signs a JWT as",
        ),
        (
            &[("iam.serviceAccounts.implicitDelegation", PROJECT)],
            "delegates through",
        ),
        (
            &[("iam.serviceAccountKeys.create", PROJECT)],
            "creates a key of",
        ),
        (
            &[("iam.serviceAccounts.setIamPolicy", &on_account)],
            "grants itself the permission to act as",
        ),
        (
            &[("resourcemanager.projects.setIamPolicy", PROJECT)],
            "grants itself the permission to act as",
        ),
        (
            &[("resourcemanager.folders.setIamPolicy", FOLDER)],
            "grants itself the permission to act as",
        ),
        (
            &[("iam.roles.update", PROJECT)],
            "grants itself the permission to act as",
        ),
        (
            &[(act_as, &on_account)],
            "runs a workload, in a project that was not read",
        ),
        (
            &[(act_as, &on_account), ("compute.instances.create", PROJECT)],
            "launches a machine",
        ),
        (
            &[(act_as, PROJECT), ("run.services.create", PROJECT)],
            "deploys a Cloud Run service",
        ),
        (
            &[
                (act_as, PROJECT),
                ("cloudfunctions.functions.create", PROJECT),
            ],
            "deploys a function",
        ),
        (
            &[(act_as, PROJECT), ("cloudbuild.builds.create", PROJECT)],
            "runs a build",
        ),
        (
            &[(act_as, PROJECT), ("cloudscheduler.jobs.create", PROJECT)],
            "schedules calls",
        ),
        (
            &[("compute.instances.setMetadata", &theirs)],
            "runs code on a machine as",
        ),
        (
            &[("compute.instances.setMetadata", PROJECT)],
            "runs code on a machine as",
        ),
        (
            &[("compute.instances.osLogin", PROJECT)],
            "logs in to a machine",
        ),
        (
            &[("compute.instances.setIamPolicy", &theirs)],
            "runs code on a machine as",
        ),
        (
            &[("compute.projects.setCommonInstanceMetadata", PROJECT)],
            "runs code on all machines of the project",
        ),
    ];
    for (given, how) in cases {
        let mut snapshot = sample();
        add_machine(&mut snapshot, "theirs", OTHER);
        for (permission, on) in *given {
            grant(&mut snapshot, on, ROBOT, &[permission], None);
        }
        let found = reachable_access(&snapshot, &member(ROBOT));
        let to_other =
            |path: &&EscalationPath| path.steps.last().is_some_and(|s| s.to == member(OTHER));
        let path = found.paths.iter().find(to_other);
        let path = path.unwrap_or_else(|| panic!("{given:?}: {found:#?}"));
        let escalations = &path.steps[0].escalations;
        assert!(
            escalations[0].how.starts_with(how),
            "{given:?}: {escalations:#?}"
        );
        for (permission, _) in *given {
            let required = escalations
                .iter()
                .flat_map(|escalation| &escalation.requires);
            let mut named =
                required.map(|held| held.self_granted_with.as_ref().unwrap_or(&held.permission));
            assert!(
                named.any(|n| n == permission),
                "{permission}: {escalations:#?}"
            );
        }
        assert!(
            escalations
                .iter()
                .all(|e| !e.source.is_empty() && !e.requires.is_empty())
        );
    }
}

#[test]
fn harmless_permissions_are_no_escalation() {
    let mut snapshot = sample();
    add_machine(&mut snapshot, "theirs", OTHER);
    let harmless = [
        "compute.instances.create",
        "compute.instances.setServiceAccount",
        "compute.instances.setLabels",
        "compute.instances.delete",
        "iam.serviceAccounts.get",
        "iam.roles.get",
    ];
    grant(&mut snapshot, PROJECT, ROBOT, &harmless, None);
    let ours = "resource.type != \"compute.googleapis.com/Instance\" || \
                resource.name.extract(\"/instances/{name}\").startsWith(\"gc-\")";
    grant(
        &mut snapshot,
        PROJECT,
        ROBOT,
        &["compute.instances.setMetadata"],
        Some(ours),
    );
    assert_eq!(paths(&snapshot, ROBOT), Vec::<String>::new());
    // A machine whose name satisfies the condition is an escalation.
    add_machine(&mut snapshot, "gc-job-1", OTHER);
    let found = paths(&snapshot, ROBOT);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("machine us-central1-a/gc-job-1") && found[0].contains(" if "));
}

#[test]
fn paths_lead_from_identity_to_identity_and_end_at_data() {
    let mut snapshot = sample();
    grant(
        &mut snapshot,
        &account(OTHER),
        ROBOT,
        &["iam.serviceAccounts.signJwt"],
        None,
    );
    grant(
        &mut snapshot,
        &account(ROBOT),
        "user:a@x.com",
        &["iam.serviceAccountKeys.create"],
        None,
    );
    grant(
        &mut snapshot,
        BUCKET,
        OTHER,
        &["storage.objects.get", "storage.buckets.get"],
        None,
    );
    insta::assert_snapshot!(explain(&snapshot, &member("user:a@x.com")), @"
    user:a@x.com

    direct access
      account robot@demo-project.iam.gserviceaccount.com
        by r1
          iam.serviceAccountKeys.create (acts as another identity)

    indirect access
      a@x.com → creates a key of robot@demo-project.iam.gserviceaccount.com (iam.serviceAccountKeys.create on account robot@demo-project.iam.gserviceaccount.com by r1) → acts as another identity through account other@demo-project.iam.gserviceaccount.com (iam.serviceAccounts.signJwt by r0)
      a@x.com → creates a key of robot@demo-project.iam.gserviceaccount.com (iam.serviceAccountKeys.create on account robot@demo-project.iam.gserviceaccount.com by r1) → signs a JWT as other@demo-project.iam.gserviceaccount.com (iam.serviceAccounts.signJwt on account other@demo-project.iam.gserviceaccount.com by r0) → reads data of bucket data (storage.objects.get by r2)
    ");
    let bucket = resource_access(&snapshot, &member("user:a@x.com"), &name(BUCKET));
    insta::assert_snapshot!(bucket.expect("it exists"), @"
    user:a@x.com on bucket data

    direct access
      none

    indirect access
      a@x.com → creates a key of robot@demo-project.iam.gserviceaccount.com (iam.serviceAccountKeys.create on account robot@demo-project.iam.gserviceaccount.com by r1) → signs a JWT as other@demo-project.iam.gserviceaccount.com (iam.serviceAccounts.signJwt on account other@demo-project.iam.gserviceaccount.com by r0)
        by r2
          storage.buckets.get
          storage.objects.get (reads data)
    ");
}

#[test]
fn control_over_a_policy_is_a_path_reported_once() {
    let mut snapshot = sample();
    grant(
        &mut snapshot,
        BUCKET,
        ROBOT,
        &["storage.buckets.setIamPolicy"],
        None,
    );
    let found = paths(&snapshot, ROBOT);
    assert_eq!(
        found,
        [
            "robot@demo-project.iam.gserviceaccount.com → changes the IAM policy of bucket data \
          (storage.buckets.setIamPolicy on bucket data by r0)"
        ]
    );
    // Control over the project includes everything in it.
    grant(
        &mut snapshot,
        PROJECT,
        ROBOT,
        &["resourcemanager.projects.setIamPolicy"],
        None,
    );
    let found = reachable_access(&snapshot, &member(ROBOT));
    let controlled = found.paths.iter().filter_map(|path| match &path.end {
        PathEnd::Control { resource, .. } if path.steps.is_empty() => Some(resource.as_str()),
        PathEnd::Control { .. } | PathEnd::Identity { .. } => None,
    });
    assert_eq!(controlled.collect::<Vec<_>>(), [PROJECT]);
    // Updating a role takes effect where the role is held.
    let mut snapshot = sample();
    grant(&mut snapshot, BUCKET, ROBOT, &["storage.buckets.get"], None);
    grant(
        &mut snapshot,
        PROJECT,
        ROBOT,
        &["iam.roles.update"],
        Some("resource.type == 'x'"),
    );
    let found = paths(&snapshot, ROBOT);
    let updates_role =
        |text: &&String| text.contains("adds permissions to a role that it holds on project");
    assert!(found.iter().any(|text| updates_role(&text)), "{found:#?}");
}

#[test]
fn a_service_agent_acts_for_its_callers() {
    let mut snapshot = sample();
    let agent = "serviceAccount:42@cloudservices.gserviceaccount.com";
    grant(
        &mut snapshot,
        PROJECT,
        agent,
        &["storage.objects.get"],
        None,
    );
    let deploy = ["deploymentmanager.deployments.create"];
    grant(&mut snapshot, PROJECT, ROBOT, &deploy, None);
    let found = paths(&snapshot, ROBOT);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("by Deployment Manager as 42@cloudservices.gserviceaccount.com"),
        "{found:#?}"
    );
}

#[test]
fn the_result_is_deterministic_and_cycles_end() {
    let mut snapshot = sample();
    for (from, to) in [(ROBOT, OTHER), (OTHER, ROBOT)] {
        grant(
            &mut snapshot,
            &account(to),
            from,
            &["iam.serviceAccounts.signJwt"],
            None,
        );
    }
    let folder = snapshot.resources.get_mut(&name(FOLDER)).expect("there");
    folder.parent = Some(name(PROJECT));
    let once = explain(&snapshot, &member(ROBOT));
    assert_eq!(once, explain(&snapshot.clone(), &member(ROBOT)));
    assert_eq!(once.indirect.paths.len(), 1);
}

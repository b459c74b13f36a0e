//! Small pictures, and what is said of them.

use super::*;
use names::FullName;
use std::collections::BTreeSet;

const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/demo-project";
const FOLDER: &str = "//cloudresourcemanager.googleapis.com/folders/7";
const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/data";
const ROBOT: &str = "serviceAccount:robot@demo-project.iam.gserviceaccount.com";
const OTHER: &str = "serviceAccount:other@demo-project.iam.gserviceaccount.com";

fn name(text: &str) -> FullName {
    text.parse().expect("a full name")
}

fn member(text: &str) -> Member {
    text.parse().expect("a member")
}

fn account(member: &str) -> String {
    let email = member.trim_start_matches("serviceAccount:");
    format!("//iam.googleapis.com/projects/demo-project/serviceAccounts/{email}")
}

fn machine(id: &str) -> String {
    format!("//compute.googleapis.com/projects/demo-project/zones/us-central1-a/instances/{id}")
}

/// A project in a folder, two accounts in it, a bucket.
fn world() -> Snapshot {
    let mut picture = Snapshot::default();
    let mut add = |text: &str, parent: Option<&str>| {
        let resource = ResourcePolicy {
            parent: parent.map(name),
            ..ResourcePolicy::default()
        };
        picture.resources.insert(name(text), resource);
    };
    add(FOLDER, None);
    add(PROJECT, Some(FOLDER));
    add(&account(ROBOT), Some(PROJECT));
    add(&account(OTHER), Some(PROJECT));
    add(BUCKET, Some(PROJECT));
    picture
}

/// Gives a role of its own, with just these permissions.
fn grant(picture: &mut Snapshot, on: &str, who: &str, permissions: &[&str], when: Option<&str>) {
    let role = format!("projects/demo-project/roles/r{}", picture.roles.len());
    let permissions = permissions.iter().map(ToString::to_string).collect();
    picture.roles.insert(role.clone(), permissions);
    bind(picture, on, who, &role, when);
}

fn bind(picture: &mut Snapshot, on: &str, who: &str, role: &str, when: Option<&str>) {
    let condition = when.map(|expression| Condition {
        title: "t".to_owned(),
        expression: expression.to_owned(),
    });
    let binding = RoleBinding {
        role: role.to_owned(),
        members: [who.to_owned()].into(),
        condition,
    };
    let resource = picture.resources.get_mut(&name(on)).expect("it is there");
    resource.bindings.insert(binding);
}

fn add_machine(picture: &mut Snapshot, id: &str, runs_as: &str) {
    let email = runs_as.trim_start_matches("serviceAccount:");
    let resource = ResourcePolicy {
        parent: Some(name(PROJECT)),
        runs_as: [email.parse().expect("an address")].into(),
        ..ResourcePolicy::default()
    };
    picture.resources.insert(name(&machine(id)), resource);
}

fn permissions(picture: &Snapshot, who: &str, on: &str) -> BTreeSet<String> {
    let effective = effective_access(picture, &member(who));
    let on = name(on);
    let all = effective.on(&on).flat_map(|grant| &grant.permissions);
    all.cloned().collect()
}

fn paths(picture: &Snapshot, who: &str) -> Vec<String> {
    let closure = reachable_access(picture, &member(who));
    closure
        .paths
        .iter()
        .map(EscalationPath::to_string)
        .collect()
}

#[test]
fn what_is_granted_above_holds_below_and_what_means_nothing_there_is_left_out() {
    let mut picture = world();
    let both = ["storage.objects.get", "compute.instances.create"];
    grant(&mut picture, FOLDER, "user:a@x.com", &both, None);
    assert_eq!(
        permissions(&picture, "user:a@x.com", BUCKET),
        ["storage.objects.get".to_owned()].into()
    );
    assert_eq!(permissions(&picture, "user:a@x.com", PROJECT).len(), 2);
    assert!(permissions(&picture, "user:b@x.com", BUCKET).is_empty());
    let inherited = effective_access(&picture, &member("user:A@X.com"));
    assert!(
        inherited
            .grants
            .iter()
            .all(|g| g.through.on == name(FOLDER))
    );
}

#[test]
fn everybody_a_domain_and_the_projects_owners_are_members_too() {
    for (named, who, is) in [
        ("allUsers", ROBOT, true),
        ("allAuthenticatedUsers", ROBOT, true),
        ("domain:x.com", "user:a@x.com", true),
        ("domain:x.com", "user:a@y.com", false),
        ("domain:x.com", ROBOT, false),
        ("projectOwner:demo-project", "user:owner@x.com", true),
        ("projectOwner:demo-project", ROBOT, false),
        ("projectEditor:demo-project", "user:owner@x.com", false),
        (
            "deleted:serviceAccount:robot@demo-project.iam.gserviceaccount.com?uid=1",
            ROBOT,
            false,
        ),
    ] {
        let mut picture = world();
        picture
            .roles
            .insert("roles/owner".to_owned(), BTreeSet::new());
        bind(
            &mut picture,
            PROJECT,
            "user:owner@x.com",
            "roles/owner",
            None,
        );
        grant(&mut picture, BUCKET, named, &["storage.objects.get"], None);
        assert_eq!(
            !permissions(&picture, who, BUCKET).is_empty(),
            is,
            "{named} {who}"
        );
        assert!(
            effective_access(&picture, &member(who)).open.is_empty(),
            "{named}"
        );
        let bucket = picture.resources.get_mut(&name(BUCKET)).expect("there");
        bucket.closed_to_public = true;
        let still = is && !named.starts_with("all");
        assert_eq!(
            !permissions(&picture, who, BUCKET).is_empty(),
            still,
            "{named} {who}"
        );
    }
}

#[test]
fn what_cannot_be_told_is_said() {
    let mut picture = world();
    let read = ["storage.objects.get"];
    grant(&mut picture, BUCKET, "group:all@x.com", &read, None);
    grant(
        &mut picture,
        BUCKET,
        "principalSet://iam.googleapis.com/x",
        &read,
        None,
    );
    grant(&mut picture, BUCKET, "projectOwner:not-there", &read, None);
    bind(&mut picture, BUCKET, ROBOT, "roles/unread", None);
    let found = effective_access(&picture, &member(ROBOT));
    assert_eq!(found.grants, []);
    assert_eq!(found.open.len(), 4, "{found:#?}");
    let text = explain(&picture, &member(ROBOT)).to_string();
    for line in [
        "whether robot@demo-project.iam.gserviceaccount.com is in group:all@x.com",
        "what roles/unread permits, which was not read",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(permissions(&picture, "group:all@x.com", BUCKET).len(), 1);
}

#[test]
fn a_condition_stays_an_if_and_only_what_is_surely_false_is_left_out() {
    let mut picture = world();
    const TIME: &str = "request.time < timestamp('2026-11-22T12:00:00Z')";
    const ELSEWHERE: &str = "resource.name.startsWith('projects/_/buckets/other/')";
    const HERE: &str = "resource.name.startsWith('projects/_/buckets/data/')";
    for when in [TIME, ELSEWHERE, HERE] {
        grant(
            &mut picture,
            BUCKET,
            ROBOT,
            &["storage.objects.get"],
            Some(when),
        );
    }
    let found = effective_access(&picture, &member(ROBOT)).grants;
    let when = |grant: &EffectiveGrant| grant.through.condition.clone().map(|c| c.expression);
    let when: Vec<_> = found.iter().filter_map(when).collect();
    assert_eq!(when, [TIME, HERE]);
}

/// Each permission by itself, on the account, its project or a machine of it.
#[test]
fn every_way_to_an_account_is_found() {
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
            "makes a key of",
        ),
        (
            &[("iam.serviceAccounts.setIamPolicy", &on_account)],
            "gives itself the right",
        ),
        (
            &[("resourcemanager.projects.setIamPolicy", PROJECT)],
            "gives itself the right",
        ),
        (
            &[("resourcemanager.folders.setIamPolicy", FOLDER)],
            "gives itself the right",
        ),
        (&[("iam.roles.update", PROJECT)], "gives itself the right"),
        (
            &[(act_as, &on_account)],
            "runs something, in a project that was not read",
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
            "has a machine run its code",
        ),
        (
            &[("compute.instances.setMetadata", PROJECT)],
            "has a machine run its code",
        ),
        (
            &[("compute.instances.osLogin", PROJECT)],
            "logs in to a machine",
        ),
        (
            &[("compute.instances.setIamPolicy", &theirs)],
            "has a machine run its code",
        ),
        (
            &[("compute.projects.setCommonInstanceMetadata", PROJECT)],
            "has every machine",
        ),
    ];
    for (given, how) in cases {
        let mut picture = world();
        add_machine(&mut picture, "theirs", OTHER);
        for (permission, on) in *given {
            grant(&mut picture, on, ROBOT, &[permission], None);
        }
        let found = reachable_access(&picture, &member(ROBOT));
        let to_other =
            |path: &&EscalationPath| path.steps.last().is_some_and(|s| s.to == member(OTHER));
        let path = found.paths.iter().find(to_other);
        let path = path.unwrap_or_else(|| panic!("{given:?}: {found:#?}"));
        let ways = &path.steps[0].ways;
        assert!(ways[0].how.starts_with(how), "{given:?}: {ways:#?}");
        for (permission, _) in *given {
            let needs = ways.iter().flat_map(|way| &way.needs);
            let mut named = needs.map(|need| need.given.as_ref().unwrap_or(&need.permission));
            assert!(named.any(|n| n == permission), "{permission}: {ways:#?}");
        }
        assert!(
            ways.iter()
                .all(|way| !way.source.is_empty() && !way.needs.is_empty())
        );
    }
}

#[test]
fn what_leads_nowhere_is_no_way() {
    let mut picture = world();
    add_machine(&mut picture, "theirs", OTHER);
    let harmless = [
        "compute.instances.create",
        "compute.instances.setServiceAccount",
        "compute.instances.setLabels",
        "compute.instances.delete",
        "iam.serviceAccounts.get",
        "iam.roles.get",
    ];
    grant(&mut picture, PROJECT, ROBOT, &harmless, None);
    let ours = "resource.type != \"compute.googleapis.com/Instance\" || \
                resource.name.extract(\"/instances/{name}\").startsWith(\"gc-\")";
    grant(
        &mut picture,
        PROJECT,
        ROBOT,
        &["compute.instances.setMetadata"],
        Some(ours),
    );
    assert_eq!(paths(&picture, ROBOT), Vec::<String>::new());
    // On a machine that bears such a name it is a way, with its condition.
    add_machine(&mut picture, "gc-job-1", OTHER);
    let found = paths(&picture, ROBOT);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("machine us-central1-a/gc-job-1") && found[0].contains(" if "));
}

#[test]
fn paths_go_on_from_identity_to_identity_and_end_at_data() {
    let mut picture = world();
    grant(
        &mut picture,
        &account(OTHER),
        ROBOT,
        &["iam.serviceAccounts.signJwt"],
        None,
    );
    grant(
        &mut picture,
        &account(ROBOT),
        "user:a@x.com",
        &["iam.serviceAccountKeys.create"],
        None,
    );
    grant(
        &mut picture,
        BUCKET,
        OTHER,
        &["storage.objects.get", "storage.buckets.get"],
        None,
    );
    let found = paths(&picture, "user:a@x.com");
    assert_eq!(
        found,
        [
            "a@x.com → makes a key of robot@demo-project.iam.gserviceaccount.com \
             (iam.serviceAccountKeys.create on account robot@demo-project.iam.gserviceaccount.com \
             by r1) → becomes another in account other@demo-project.iam.gserviceaccount.com \
             (iam.serviceAccounts.signJwt by r0)",
            "a@x.com → makes a key of robot@demo-project.iam.gserviceaccount.com \
             (iam.serviceAccountKeys.create on account robot@demo-project.iam.gserviceaccount.com \
             by r1) → signs a JWT as other@demo-project.iam.gserviceaccount.com \
             (iam.serviceAccounts.signJwt on account other@demo-project.iam.gserviceaccount.com by \
             r0) → reads data of bucket data (storage.objects.get by r2)",
        ]
    );
}

#[test]
fn the_say_over_access_is_a_path_of_its_own_said_once() {
    let mut picture = world();
    grant(
        &mut picture,
        BUCKET,
        ROBOT,
        &["storage.buckets.setIamPolicy"],
        None,
    );
    let found = paths(&picture, ROBOT);
    assert_eq!(
        found,
        [
            "robot@demo-project.iam.gserviceaccount.com → changes who may do what in bucket data \
          (storage.buckets.setIamPolicy on bucket data by r0)"
        ]
    );
    // Whoever has the say over the project has it over all in it.
    grant(
        &mut picture,
        PROJECT,
        ROBOT,
        &["resourcemanager.projects.setIamPolicy"],
        None,
    );
    let found = reachable_access(&picture, &member(ROBOT));
    let over = found.paths.iter().filter_map(|path| match &path.end {
        PathEnd::Control { over, .. } if path.steps.is_empty() => Some(over.as_str()),
        PathEnd::Control { .. } | PathEnd::Identity { .. } => None,
    });
    assert_eq!(over.collect::<Vec<_>>(), [PROJECT]);
    // A role that it may widen, where it has that role.
    let mut picture = world();
    grant(&mut picture, BUCKET, ROBOT, &["storage.buckets.get"], None);
    grant(
        &mut picture,
        PROJECT,
        ROBOT,
        &["iam.roles.update"],
        Some("resource.type == 'x'"),
    );
    let found = paths(&picture, ROBOT);
    let widens = |text: &&String| text.contains("widens a role of its own in project");
    assert!(found.iter().any(|text| widens(&text)), "{found:#?}");
}

#[test]
fn a_services_own_account_does_what_it_is_told() {
    let mut picture = world();
    let agent = "serviceAccount:42@cloudservices.gserviceaccount.com";
    grant(&mut picture, PROJECT, agent, &["storage.objects.get"], None);
    let deploy = ["deploymentmanager.deployments.create"];
    grant(&mut picture, PROJECT, ROBOT, &deploy, None);
    let found = paths(&picture, ROBOT);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("by Deployment Manager as 42@cloudservices.gserviceaccount.com"),
        "{found:#?}"
    );
}

#[test]
fn the_order_in_which_things_were_read_makes_no_difference_and_a_circle_ends() {
    let mut picture = world();
    for (from, to) in [(ROBOT, OTHER), (OTHER, ROBOT)] {
        grant(
            &mut picture,
            &account(to),
            from,
            &["iam.serviceAccounts.signJwt"],
            None,
        );
    }
    let folder = picture.resources.get_mut(&name(FOLDER)).expect("there");
    folder.parent = Some(name(PROJECT));
    let once = explain(&picture, &member(ROBOT));
    assert_eq!(once, explain(&picture.clone(), &member(ROBOT)));
    assert_eq!(once.through.paths.len(), 1);
}

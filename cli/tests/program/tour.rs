//! `groundcrew tour`.

use crate::local_cloud::LocalCloud;

/// Replaces what differs between runs: times, IDs, the port, folders, and the
/// counts that depend on how the output was split into log objects or on how
/// often a token or the schedule was due.
fn redact(output: &str) -> String {
    let first = output.lines().next().unwrap_or_default();
    let url = first
        .split([' ', ','])
        .find(|word| word.starts_with("http"));
    let id = first.rsplit(' ').next().expect("the job's ID");
    let output = output
        .replace(url.expect("a URL"), "URL")
        .replace(id, "JOB");
    let mut text = String::new();
    let mut is_authentication = false;
    // The second and later log objects are not always needed.
    let lines = output
        .lines()
        .filter(|line| !line.contains("/log/") || line.contains("/log/00000000.txt"));
    for line in lines {
        is_authentication &= !line.is_empty();
        is_authentication |= line.starts_with("In addition, for authentication");
        text.push_str(&redact_line(line, is_authentication));
        text.push('\n');
    }
    text
}

fn redact_line(line: &str, is_authentication: bool) -> String {
    if let Some((time, step)) = line.trim_start().split_once("s  ")
        && time.parse::<f64>().is_ok()
    {
        return match step.split_once("| as ") {
            Some((step, _)) => format!("{step}| as USER, process PID, in FOLDER"),
            None => step.to_owned(),
        };
    }
    if let Some((before, _)) = line.split_once("operation-") {
        return format!("{before}OPERATION");
    }
    if let Some((before, _)) = line
        .strip_prefix("In addition")
        .and_then(|rest| rest.rsplit_once(": "))
    {
        return format!("In addition{before}: N calls");
    }
    let row = line.trim_start().split_once("  ");
    match row {
        Some((count, call))
            if count.parse::<u32>().is_ok()
                && (is_authentication
                    || call == "total"
                    || call.ends_with("storage.objects.insert")) =>
        {
            format!("      N  {call}")
        }
        _ => line.to_owned(),
    }
}

#[test]
fn the_tour_prints_every_step() {
    let cloud = LocalCloud::not_started("tour");
    let output = cloud.run(0, "tour").stdout;
    assert!(!output.contains("eyJ"), "a token is printed:\n{output}");
    insta::assert_snapshot!(redact(&output), @"
    local cloud at URL, for this tour only; job JOB

    published  you                   the job, to topic job-queued
    pushed     to job-queued         with the OIDC token of groundcrew-push@groundcrew-local.iam.gserviceaccount.com for groundcrew/groundcrew-local/job-queued
    decided    job-queued            queued
    decided    job-queued            attempt 1: requesting a machine in us-central1-a
    inserted   resource-manager      gc-JOB-1-3f241c80 in us-central1-a
    booted     Compute Engine        gc-JOB-1-3f241c80, as a process on this computer
    claimed    groundcrew-instances  the agent claims attempt 1 and starts the command
    reported   groundcrew-instances  the agent, to topic job-reported
    pushed     to job-changed        with the OIDC token of groundcrew-push@groundcrew-local.iam.gserviceaccount.com for groundcrew/groundcrew-local/job-changed
    decided    job-changed           started
    output     the command           | hello from JOB, attempt 1
    output     the command           | as USER, process PID, in FOLDER
    output     the command           | this machine is deleted when I exit
    reported   groundcrew-instances  the agent, to topic job-reported
    pushed     to job-changed        with the OIDC token of groundcrew-push@groundcrew-local.iam.gserviceaccount.com for groundcrew/groundcrew-local/job-changed
    decided    job-changed           removing the machine: the command ended, exit code 0
    deleted    resource-manager      gc-JOB-1-3f241c80 in us-central1-a
    decided    job-changed           done: exit code 0
    done       ledger                done, exited with 0
    gone       Compute Engine        no instance and no process is left, nothing is billed

    Google API calls for this job
      CALLS  IDENTITY              METHOD
          2  groundcrew-instances  pubsub.projects.topics.publish
          N  groundcrew-instances  storage.objects.insert
          1  job-changed           firestore.projects.databases.documents.batchGet
          3  job-changed           firestore.projects.databases.documents.commit
          1  job-queued            firestore.projects.databases.documents.commit
          1  resource-manager      compute.instances.delete
          1  resource-manager      compute.instances.insert
          1  resource-manager      compute.zoneOperations.wait
          1  you                   pubsub.projects.topics.publish
          N  total

    In addition, for authentication (metadata servers, impersonation, keys): N calls
      CALLS  IDENTITY              METHOD
          N  (anonymous)           /oauth2/v3/certs
          N  groundcrew-instances  /computeMetadata/v1/instance/attributes/groundcrew-assignment
          N  groundcrew-instances  /computeMetadata/v1/instance/id
          N  groundcrew-instances  /computeMetadata/v1/instance/maintenance-event
          N  groundcrew-instances  /computeMetadata/v1/instance/name
          N  groundcrew-instances  /computeMetadata/v1/instance/preempted
          N  groundcrew-instances  /computeMetadata/v1/instance/zone
          N  groundcrew-instances  identity
          N  groundcrew-instances  token
          N  job-changed           iamcredentials.projects.serviceAccounts.generateAccessToken
          N  job-changed           token
          N  job-queued            iamcredentials.projects.serviceAccounts.generateAccessToken
          N  job-queued            token

    In addition, on a schedule for all jobs (the sweep and its inventory): N calls

    Permissions used
      IDENTITY              PERMISSION                           RESOURCE
      groundcrew-instances  pubsub.topics.publish                projects/groundcrew-local/topics/job-reported
      groundcrew-instances  storage.objects.create               projects/_/buckets/demo-project-groundcrew/objects/jobs/JOB/attempts/1/claim.json
      groundcrew-instances  storage.objects.create               projects/_/buckets/demo-project-groundcrew/objects/jobs/JOB/attempts/1/exit.json
      groundcrew-instances  storage.objects.create               projects/_/buckets/demo-project-groundcrew/objects/jobs/JOB/attempts/1/log/00000000.txt
      job-changed           datastore.entities.create            projects/groundcrew-local/databases/jobs
      job-changed           datastore.entities.delete            projects/groundcrew-local/databases/jobs
      job-changed           datastore.entities.get               projects/groundcrew-local/databases/jobs
      job-changed           datastore.entities.update            projects/groundcrew-local/databases/jobs
      job-queued            datastore.entities.create            projects/groundcrew-local/databases/jobs
      job-queued            datastore.entities.update            projects/groundcrew-local/databases/jobs
      resource-manager      compute.disks.create                 projects/demo-project/zones/us-central1-a/disks/gc-JOB-1-3f241c80
      resource-manager      compute.images.useReadOnly           projects/debian-cloud/global/images/debian-12-bookworm-v20261110
      resource-manager      compute.instances.create             projects/demo-project/zones/us-central1-a/instances/gc-JOB-1-3f241c80
      resource-manager      compute.instances.delete             projects/demo-project/zones/us-central1-a/instances/gc-JOB-1-3f241c80
      resource-manager      compute.instances.setLabels          projects/demo-project/zones/us-central1-a/instances/gc-JOB-1-3f241c80
      resource-manager      compute.instances.setMetadata        projects/demo-project/zones/us-central1-a/instances/gc-JOB-1-3f241c80
      resource-manager      compute.instances.setServiceAccount  projects/demo-project/zones/us-central1-a/instances/gc-JOB-1-3f241c80
      resource-manager      compute.subnetworks.use              projects/demo-project/regions/us-central1/subnetworks/groundcrew
      resource-manager      compute.zoneOperations.get           projects/demo-project/zones/us-central1-a/operations/OPERATION
      resource-manager      iam.serviceAccounts.actAs            projects/demo-project/serviceAccounts/groundcrew-instances@demo-project.iam.gserviceaccount.com
      you                   pubsub.topics.publish                projects/groundcrew-local/topics/job-queued

    every step was observed, and no resource was left behind

    A product, tour in folders/1000, with two environments
      production  tour-production-bf76  set up for jobs
      staging     tour-staging-dede     set up for jobs
    made of 61 resources by `product apply`; a second apply changes nothing
    ");
}

#[test]
fn a_tour_without_a_permission_fails_with_googles_message() {
    let cloud = LocalCloud::not_started("denied");
    let deny = "tour --deny resource-manager:compute.instances.create";
    let stderr = cloud.run(1, deny).stderr;
    let message =
        "Required 'compute.instances.create' permission for 'projects/demo-project/zones/";
    assert!(stderr.contains(message), "{stderr}");
}

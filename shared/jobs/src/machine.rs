//! The request for the machine of an attempt. Pure.

use crate::{Machine, Settings};
use events::{JobAssignment, JobSpec};
use gcp::{Request, methods::compute};
use names::{Attempt, Duration, Internet, JobId, label};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The startup script: downloads the agent, verifies its digest and starts it
/// (unverified on real Google Cloud).
const STARTUP: &str = include_str!("../../../deploy/agent/startup.sh");

/// How much longer than its command a machine may live: time to boot and to
/// be drained. Compute Engine itself deletes it then, even if groundcrew is gone.
const BOOT_AND_DRAIN: Duration = Duration::from_secs(20 * 60);

/// The part of a request ID that tells the request for a machine from others.
pub(crate) const INSERT: &str = "insert";

/// The request for the machine of the job's attempt. It is the same each time,
/// including its request ID.
#[must_use]
pub fn insert_request(
    settings: &Settings,
    id: &JobId,
    spec: &JobSpec,
    machine: &Machine,
) -> Request {
    let deployment = settings.deployment_id();
    let name = deployment.instance(id, machine.attempt);
    let request_id = deployment.request_id(&name, &machine.zone, INSERT);
    let body = body(settings, id, spec, machine);
    compute::insert_request(&settings.project, &machine.zone, &body, request_id)
}

fn labels(settings: &Settings, id: &JobId, attempt: Attempt) -> [(&'static str, String); 3] {
    [
        (label::DEPLOYMENT, settings.deployment_id().to_string()),
        (label::JOB, id.to_string()),
        (label::ATTEMPT, attempt.to_string()),
    ]
}

/// Whether `instance`, which has the name of the attempt's machine, also has its
/// labels. Without them it belongs to somebody else.
pub(crate) fn is_labelled(
    instance: &compute::Instance,
    settings: &Settings,
    id: &JobId,
    attempt: Attempt,
) -> bool {
    let labels = labels(settings, id, attempt);
    (labels.iter()).all(|(label, value)| instance.labels.get(*label) == Some(value))
}

fn body(settings: &Settings, id: &JobId, spec: &JobSpec, machine: &Machine) -> Value {
    let zone = &machine.zone;
    let mut body = json!({
        "name": settings.deployment_id().instance(id, machine.attempt),
        "machineType": format!("zones/{zone}/machineTypes/{}", spec.machine_type()),
        "labels": BTreeMap::from(labels(settings, id, machine.attempt)),
        "disks": [{
            "boot": true,
            "autoDelete": true,
            "initializeParams": {
                "sourceImage": settings.image(spec),
                "diskSizeGb": disk_gb(spec).to_string(),
            },
        }],
        "networkInterfaces": [{
            "subnetwork": format!(
                "projects/{}/regions/{}/subnetworks/{}",
                settings.project, zone.region(), settings.subnetwork
            ),
        }],
        "serviceAccounts": [{
            "email": settings.account(spec.volume.as_ref()),
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
        }],
        "metadata": { "items": metadata(settings, id, spec, machine) },
        "scheduling": scheduling(spec),
        "shieldedInstanceConfig": { "enableVtpm": true, "enableIntegrityMonitoring": true },
    });
    if settings.internet == Internet::Address {
        let external = json!([{ "name": "External NAT", "type": "ONE_TO_ONE_NAT" }]);
        body["networkInterfaces"][0]["accessConfigs"] = external;
    }
    if let Some(kind) = spec.boot_disk_type() {
        body["disks"][0]["initializeParams"]["diskType"] =
            format!("zones/{zone}/diskTypes/{kind}").into();
    }
    if let Some(gpu) = spec.gpu_to_attach() {
        body["guestAccelerators"] = json!([{
            "acceleratorType": format!("zones/{zone}/acceleratorTypes/{}", gpu.kind),
            "acceleratorCount": gpu.count,
        }]);
    }
    body
}

/// An image with a GPU's driver takes this much (Google's Deep Learning VM images;
/// unverified), and a disk may not be smaller than its image.
const GPU_IMAGE_GB: u32 = 50;

fn disk_gb(spec: &JobSpec) -> u32 {
    match spec.has_gpu() {
        true => spec.disk_gb.max(GPU_IMAGE_GB),
        false => spec.disk_gb,
    }
}

/// If Compute Engine restarted the machine and groundcrew began a new attempt, they would run the job
/// twice, so there is no restart.
fn scheduling(spec: &JobSpec) -> Value {
    let max_run = (spec.max_run + BOOT_AND_DRAIN).as_secs();
    json!({
        "automaticRestart": false,
        "onHostMaintenance": if spec.can_migrate() { "MIGRATE" } else { "TERMINATE" },
        "provisioningModel": if spec.spot { "SPOT" } else { "STANDARD" },
        "instanceTerminationAction": "DELETE",
        "maxRunDuration": { "seconds": max_run.to_string() },
    })
}

fn metadata(settings: &Settings, id: &JobId, spec: &JobSpec, machine: &Machine) -> Value {
    let assignment = JobAssignment {
        job: id.clone(),
        attempt: machine.attempt,
        command: spec.command.clone(),
        env: spec.env.clone(),
        max_run: spec.max_run,
        bucket: settings.bucket.clone(),
        reports: settings.reports.clone(),
        audience: settings.audience.clone(),
        account: settings.account(spec.volume.as_ref()),
        ssh_key: settings.key.clone().filter(|_| spec.ssh_key),
        volume: spec.volume.clone(),
    };
    let assignment = serde_json::to_string(&assignment).expect("plain data with string keys");
    let mut items = vec![
        json!({ "key": label::ASSIGNMENT, "value": assignment }),
        json!({ "key": "block-project-ssh-keys", "value": "true" }),
        // What the first boot says outlives the machine, in Cloud Logging.
        json!({ "key": "serial-port-logging-enable", "value": "true" }),
    ];
    if let (Some(object), Some(digest)) = (&settings.agent_object, &settings.agent_sha256) {
        items.extend([
            json!({ "key": "startup-script", "value": STARTUP }),
            json!({ "key": "groundcrew-agent-object", "value": format!("gs://{}/{object}", settings.bucket) }),
            json!({ "key": "groundcrew-agent-sha256", "value": digest }),
        ]);
    }
    items.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        JobState, admit,
        decide::limits::{BOOT_LIMIT, OVERRUN_TIMEOUT},
        settings::example,
    };
    use names::{CryptoKeyName, Timestamp};

    fn assignment(settings: &Settings, ssh_key: bool) -> JobAssignment {
        let mut spec = JobSpec::new(vec!["true".into()]);
        spec.ssh_key = ssh_key;
        let admitted = JobSpec::new(vec!["true".into()]);
        let job = admit(admitted, &settings.zones, Timestamp::from_seconds(0)).job;
        let JobState::Launching { machine } = &job.state else {
            panic!("{:?}", job.state);
        };
        let id = "train".parse().expect("an id");
        let request = insert_request(settings, &id, &spec, machine);
        let item = &request.body_json()["metadata"]["items"][0];
        assert_eq!(item["key"], label::ASSIGNMENT);
        serde_json::from_str(item["value"].as_str().expect("text")).expect("an assignment")
    }

    /// The agent's limit is the shortest: it must have time to boot before and to say
    /// how the command ended after it. Then comes Compute Engine's.
    #[test]
    fn a_machine_outlives_its_command_by_the_time_to_boot_and_to_report() {
        let mut spec = JobSpec::new(vec!["true".into()]);
        spec.max_run = Duration::from_secs(3600);
        let limit = scheduling(&spec)["maxRunDuration"]["seconds"].clone();
        let limit: u64 = limit.as_str().expect("text").parse().expect("a number");
        let needed = spec.max_run + BOOT_LIMIT + OVERRUN_TIMEOUT;
        assert!(limit >= needed.as_secs(), "{limit}");
    }

    /// The script gives up, or says what is missing, while groundcrew still waits.
    #[test]
    fn a_machine_is_prepared_before_it_counts_as_unstarted() {
        let limit = STARTUP.split_once("PREPARATION:-").expect("there").1;
        let limit = limit.split_once('}').expect("there").0;
        let a_minute_to_boot = 60;
        let prepared = a_minute_to_boot + limit.parse::<u64>().expect("seconds");
        assert!(prepared < BOOT_LIMIT.as_secs(), "{prepared}");
    }

    #[test]
    fn the_request_follows_from_the_machine_type() {
        let settings = example();
        let request = |machine: &str, gpu: &str| {
            let mut spec = JobSpec::new(vec!["true".into()]);
            spec.machine = machine.parse().ok();
            spec.gpu = gpu.parse().ok();
            let machine = Machine {
                attempt: names::Attempt::FIRST,
                zone: "us-central1-a".parse().expect("a zone"),
                requested_at: Timestamp::from_seconds(0),
                host_event: None,
            };
            body(&settings, &"train".parse().expect("an id"), &spec, &machine)
        };
        let derived = request("", "nvidia-tesla-t4:1");
        let zone = "zones/us-central1-a";
        assert_eq!(
            derived["machineType"],
            format!("{zone}/machineTypes/n1-standard-4")
        );
        assert_eq!(derived["guestAccelerators"][0]["acceleratorCount"], 1);
        assert_eq!(derived["scheduling"]["onHostMaintenance"], "TERMINATE");
        let disk = |body: &Value| body["disks"][0]["initializeParams"]["diskType"].clone();
        assert_eq!(disk(&derived), Value::Null);
        let built_in = request("g2-standard-4", "");
        assert_eq!(built_in["scheduling"]["onHostMaintenance"], "TERMINATE");
        assert_eq!(disk(&built_in), format!("{zone}/diskTypes/pd-balanced"));
        assert_eq!(built_in["guestAccelerators"], Value::Null);
        let plain = request("e2-standard-2", "");
        assert_eq!(plain["scheduling"]["onHostMaintenance"], "MIGRATE");
        let size = |body: &Value| body["disks"][0]["initializeParams"]["diskSizeGb"].clone();
        assert_eq!((size(&plain), size(&built_in)), (json!("10"), json!("50")));
    }

    #[test]
    fn only_a_deployment_with_addresses_gives_machines_one() {
        let spec = JobSpec::new(vec!["true".into()]);
        for (internet, has_one) in [
            (Internet::None, false),
            (Internet::Nat, false),
            (Internet::Address, true),
        ] {
            let settings = Settings {
                internet,
                ..example()
            };
            let admitted = admit(spec.clone(), &settings.zones, Timestamp::from_seconds(0)).job;
            let JobState::Launching { machine } = &admitted.state else {
                panic!("{:?}", admitted.state);
            };
            let id = "train".parse().expect("an id");
            let body = body(&settings, &id, &spec, machine);
            let access = &body["networkInterfaces"][0]["accessConfigs"];
            assert_eq!(access[0]["type"] == "ONE_TO_ONE_NAT", has_one, "{access}");
        }
    }

    #[test]
    fn only_a_job_that_requests_the_ssh_key_gets_the_key_name() {
        let mut settings = example();
        let key: Option<CryptoKeyName> = settings.key.clone();
        assert!(key.is_some());
        assert_eq!(assignment(&settings, true).ssh_key, key);
        assert_eq!(assignment(&settings, false).ssh_key, None, "not requested");
        settings.key = None;
        assert_eq!(assignment(&settings, true).ssh_key, None);
    }
}

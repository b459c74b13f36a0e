//! What a machine needs follows from the machine.

use super::run_scenario;
use events::JobSpec;
use jobs::{Machine, insert_request};
use names::{Attempt, JobId};
use serde_json::json;
use tests::{
    scenario::{HOUR, exited, id, machine_name, runs, work},
    world::{WorldConfig, run},
};

fn spec(machine: &str, gpu: &str) -> JobSpec {
    let mut spec = work(30, 3);
    spec.machine = machine.parse().ok();
    spec.gpu = gpu.parse().ok();
    spec
}

#[test]
fn a_job_gets_the_machine_that_its_gpu_needs_and_what_its_machine_needs() {
    for (machine, gpu, launched) in [
        ("", "nvidia-tesla-t4:1", "n1-standard-4"),
        ("", "nvidia-l4:1", "g2-standard-4"),
        ("", "nvidia-tesla-a100:2", "a2-highgpu-2g"),
        ("g2-standard-4", "", "g2-standard-4"),
        ("a2-highgpu-1g", "", "a2-highgpu-1g"),
        ("a3-highgpu-8g", "nvidia-h100-80gb:8", "a3-highgpu-8g"),
        ("n4-standard-2", "", "n4-standard-2"),
        ("h3-standard-88", "", "h3-standard-88"),
    ] {
        run_scenario(&WorldConfig::calm(1), async |world| {
            world
                .submit_until("train", &spec(machine, gpu), runs)
                .await?;
            let instance = world
                .instance("us-central1-a", &machine_name("train", 1))
                .await;
            let instance = instance.ok_or("it is not there")?;
            let kind = instance["machineType"].as_str().unwrap_or_default();
            assert!(kind.ends_with(&format!("/{launched}")), "{kind}");
            let job = world.wait_until_done("train", HOUR).await?;
            assert_eq!(job.outcome(), Some(&exited(3)));
            assert_eq!(job.attempt.number(), 1);
            Ok(())
        });
    }
}

/// Both were read from Google's documentation, by themselves.
#[test]
fn what_is_refused_at_submit_is_what_the_cloud_refuses() {
    let machines = [
        "",
        "a2-highgpu-1g",
        "a2-highgpu-8g",
        "a2-megagpu-16g",
        "a2-ultragpu-2g",
        "a3-edgegpu-8g",
        "a3-highgpu-1g",
        "a3-megagpu-8g",
        "a3-ultragpu-8g",
        "a4-highgpu-8g",
        "a4x-highgpu-4g",
        "c2-standard-4",
        "c3-standard-192-metal",
        "c3-standard-4",
        "c4-standard-2",
        "ct5lp-hightpu-1t",
        "custom-8-32768",
        "e2-medium",
        "e2-standard-2",
        "f1-micro",
        "g2-standard-12",
        "g2-standard-24",
        "g2-standard-32",
        "g2-standard-96",
        "g4-standard-384",
        "g4-standard-48",
        "h3-standard-88",
        "h4d-standard-192",
        "m3-ultramem-32",
        "n1-highmem-96",
        "n1-standard-1",
        "n1-standard-16",
        "n1-standard-3",
        "n1-standard-32",
        "n1-standard-64",
        "n2-standard-4",
        "n4-standard-2",
        "t2d-standard-4",
        "z3-highmem-88",
    ];
    let kinds = [
        "nvidia-a100-80gb",
        "nvidia-b200",
        "nvidia-h100-80gb",
        "nvidia-h200-141gb",
        "nvidia-l4",
        "nvidia-l4-vws",
        "nvidia-rtx-pro-6000",
        "nvidia-tesla-a100",
        "nvidia-tesla-k80",
        "nvidia-tesla-p100",
        "nvidia-tesla-p4-vws",
        "nvidia-tesla-t4",
        "nvidia-tesla-v100",
    ];
    let mut gpus = vec![String::new()];
    for count in [1, 2, 3, 4, 8, 16] {
        gpus.extend(kinds.iter().map(|kind| format!("{kind}:{count}")));
    }
    run(&WorldConfig::calm(1), async |world| {
        let settings = &world.deployment.settings;
        world
            .host
            .with(|cloud, _| cloud.compute_settings().instances = 10_000);
        let mut differences = Vec::new();
        let (mut number, mut admitted) = (0, 0);
        for zone in ["us-central1-a", "us-east1-b"] {
            for (machine, gpu) in machines
                .iter()
                .flat_map(|m| gpus.iter().map(move |g| (m, g)))
            {
                let spec = spec(machine, gpu);
                number += 1;
                let id: JobId = id(&format!("j{number}"));
                let wanted = Machine {
                    attempt: Attempt::FIRST,
                    zone: zone.parse().expect("a zone"),
                    requested_at: world.now(),
                    host_event: None,
                };
                let mut body = insert_request(settings, &id, &spec, &wanted)
                    .body_json()
                    .clone();
                // Also where it is part of the machine type, and left out.
                if let Some(gpu) = &spec.gpu {
                    body["guestAccelerators"] = json!([{
                        "acceleratorType": format!("zones/{zone}/acceleratorTypes/{}", gpu.kind),
                        "acceleratorCount": gpu.count,
                    }]);
                }
                let path = world.path(zone, "");
                let path = path.trim_end_matches('/');
                let (status, answer) = world.as_operator("POST", path, &body).await;
                let offered = spec.is_offered_in(&wanted.zone) != Some(false);
                let ours = spec.check().is_ok() && offered;
                admitted += u32::from(ours);
                if ours != (status == 200) {
                    differences.push(format!(
                        "{zone} {machine} {gpu}: {:?} {answer}",
                        spec.check()
                    ));
                }
            }
        }
        assert_eq!(differences, Vec::<String>::new());
        assert!(admitted > 100, "{admitted}");
    });
}

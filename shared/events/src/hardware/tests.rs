use super::*;

fn spec(machine: &str, gpu: &str) -> JobSpec {
    let mut spec = JobSpec::new(vec!["true".into()]);
    spec.machine = machine.parse().ok();
    spec.gpu = gpu.parse().ok();
    spec
}

fn zone(name: &str) -> Zone {
    name.parse().expect("a zone")
}

#[test]
fn a_machine_is_derived_from_the_gpu_alone() {
    for (gpu, machine) in [
        ("", "e2-standard-2"),
        ("nvidia-tesla-t4:1", "n1-standard-4"),
        ("nvidia-tesla-t4-vws:2", "n1-standard-8"),
        ("nvidia-tesla-v100:8", "n1-standard-32"),
        ("nvidia-l4:1", "g2-standard-4"),
        ("nvidia-l4:2", "g2-standard-24"),
        ("nvidia-tesla-a100:16", "a2-megagpu-16g"),
        ("nvidia-h100-80gb:8", "a3-highgpu-8g"),
    ] {
        let spec = spec("", gpu);
        assert_eq!(spec.machine_type().as_str(), machine, "{gpu}");
        assert_eq!(spec.check_hardware(), Ok(()), "{gpu}");
    }
}

#[test]
fn every_default_machine_is_a_machine_type_and_fits() {
    let kinds = gpu::models();
    for kind in kinds.split(", ") {
        for count in 1..=16 {
            let derived = spec("", &format!("{kind}:{count}"));
            if derived.check_hardware().is_err() {
                continue;
            }
            let machine = derived.machine_type();
            assert!(catalog::size(machine.as_str()).is_some(), "{machine}");
            let given = spec(machine.as_str(), &format!("{kind}:{count}"));
            assert_eq!(given.check_hardware(), Ok(()), "{machine} {kind}:{count}");
        }
        for (_, machine) in gpu::machines_with(kind) {
            assert!(catalog::size(machine).is_some(), "{machine}");
        }
    }
}

#[test]
fn what_does_not_go_together_is_refused_with_what_does() {
    for (machine, gpu, says) in [
        (
            "e2-standard-2",
            "nvidia-tesla-t4:1",
            "series n1 only, not to e2-standard-2",
        ),
        ("n2-standard-4", "nvidia-tesla-v100:1", "series n1 only"),
        ("f1-micro", "nvidia-tesla-t4:1", "series n1 only"),
        (
            "n1-standard-4",
            "nvidia-tesla-t4:3",
            "comes in 1, 2, 4, not in 3",
        ),
        ("", "nvidia-tesla-t4:8", "comes in 1, 2, 4, not in 8"),
        (
            "n1-standard-64",
            "nvidia-tesla-t4:1",
            "at most 48 vCPUs and 312 GB",
        ),
        (
            "n1-custom-8-131072",
            "nvidia-tesla-v100:1",
            "at most 12 vCPUs and 78 GB",
        ),
        (
            "g2-standard-4",
            "nvidia-l4:2",
            "not 2 in g2-standard-4: 1 in g2-standard-4",
        ),
        ("n1-standard-4", "nvidia-l4:1", "part of machine types"),
        ("a2-highgpu-1g", "nvidia-tesla-t4:1", "series n1 only"),
        ("", "nvidia-l4:3", "not 3 in any"),
        ("", "nvidia-x900:1", "the machine must be given"),
        ("e2-standard-2", "nvidia-x900:1", "e2 take no GPU"),
        ("n1-standard-3", "", "n1 has no machine type n1-standard-3"),
    ] {
        let error = spec(machine, gpu).check_hardware().expect_err(machine);
        assert!(error.contains(says), "{machine} {gpu}: {error}");
    }
}

#[test]
fn what_may_be_new_is_left_to_google() {
    for (machine, gpu) in [
        ("z9-standard-4", ""),
        ("z9-standard-4", "nvidia-x900:1"),
        ("a3-highgpu-8g", "nvidia-x900:8"),
        ("custom-4-16384", "nvidia-tesla-t4:1"),
        ("n2-custom-4-16384", ""),
    ] {
        assert_eq!(spec(machine, gpu).check_hardware(), Ok(()), "{machine}");
    }
}

#[test]
fn scheduling_disk_and_accelerators_follow_from_the_machine() {
    for (machine, gpu, migrates, disk, attached) in [
        ("e2-standard-2", "", true, None, false),
        ("n1-standard-4", "nvidia-tesla-t4:1", false, None, true),
        ("a2-highgpu-1g", "", false, None, false),
        (
            "a3-highgpu-8g",
            "nvidia-h100-80gb:8",
            false,
            Some("pd-balanced"),
            false,
        ),
        (
            "a3-ultragpu-8g",
            "",
            false,
            Some("hyperdisk-balanced"),
            false,
        ),
        (
            "g2-standard-4",
            "nvidia-l4:1",
            false,
            Some("pd-balanced"),
            false,
        ),
        (
            "g2-standard-4",
            "nvidia-l4-vws:1",
            false,
            Some("pd-balanced"),
            true,
        ),
        ("c3-standard-4", "", true, Some("pd-balanced"), false),
        (
            "c3-standard-192-metal",
            "",
            false,
            Some("pd-balanced"),
            false,
        ),
        ("n4-standard-4", "", true, Some("hyperdisk-balanced"), false),
        ("h3-standard-88", "", false, Some("pd-balanced"), false),
        ("ct5lp-hightpu-1t", "", false, Some("pd-balanced"), false),
    ] {
        let spec = spec(machine, gpu);
        assert_eq!(spec.check_hardware(), Ok(()), "{machine}");
        let derived = (spec.can_migrate(), spec.boot_disk_type());
        assert_eq!(derived, (migrates, disk), "{machine}");
        assert_eq!(spec.gpu_to_attach().is_some(), attached, "{machine} {gpu}");
    }
}

#[test]
fn zones_are_known_for_machines_and_for_attached_gpus() {
    for (machine, gpu, at, offered) in [
        ("e2-standard-2", "", "us-east1-d", Some(true)),
        ("a2-highgpu-1g", "", "us-central1-a", Some(true)),
        ("a2-highgpu-1g", "", "us-east1-d", Some(false)),
        (
            "n1-standard-4",
            "nvidia-tesla-t4:1",
            "us-central1-a",
            Some(true),
        ),
        (
            "n1-standard-4",
            "nvidia-tesla-t4:1",
            "us-east1-b",
            Some(false),
        ),
        ("custom-4-16384", "", "us-east1-b", Some(true)),
        ("a3-highgpu-8g", "", "us-central1-a", None),
        ("e2-standard-2", "", "africa-south1-a", None),
    ] {
        assert_eq!(
            spec(machine, gpu).is_offered_in(&zone(at)),
            offered,
            "{machine} {at}"
        );
    }
}

//! The environment variables that point gcloud and client libraries at the local
//! cloud. Pure.

use crate::{local::Registration, shell};
use std::{fmt::Write, path::Path};

/// gcloud's names of the APIs, and the path of each below the cloud's URL. gcloud
/// keeps the path of an override; for two APIs it includes the version.
const APIS: [(&str, &str); 14] = [
    ("ARTIFACTREGISTRY", "artifactregistry/"),
    ("CLOUDBILLING", "cloudbilling/"),
    ("CLOUDKMS", "cloudkms/"),
    ("CLOUDRESOURCEMANAGER", "cloudresourcemanager/"),
    ("CLOUDSCHEDULER", "cloudscheduler/"),
    ("COMPUTE", "compute/v1/"),
    ("FIRESTORE", "firestore/"),
    ("IAM", "iam/"),
    ("IAMCREDENTIALS", "iamcredentials/"),
    ("LOGGING", "logging/"),
    ("PUBSUB", "pubsub/"),
    ("SECRETMANAGER", "secretmanager/"),
    ("SERVICEUSAGE", "serviceusage/"),
    ("STORAGE", "storage/v1/"),
];

/// `export NAME=value` lines, for a shell's `eval`.
pub(super) fn exports(cloud: &Registration, gcloud_config: &Path) -> String {
    let url = cloud.url.as_str();
    let address = cloud.address();
    let token = cloud.token_file.display().to_string();
    let gcloud_config = gcloud_config.display().to_string();
    let mut text = String::new();
    for (api, path) in APIS {
        export(
            &mut text,
            &format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}"),
            &format!("{url}/{path}"),
        );
    }
    for (name, value) in [
        ("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", token.as_str()),
        ("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "true"),
        ("CLOUDSDK_CONFIG", &gcloud_config),
        ("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false"),
        ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1"),
        ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true"),
        ("CLOUDSDK_CORE_PROJECT", cloud.home.as_str()),
        ("FIRESTORE_EMULATOR_HOST", address),
        ("GROUNDCREW_ENDPOINT", url),
        ("PUBSUB_EMULATOR_HOST", address),
        ("STORAGE_EMULATOR_HOST", url),
    ] {
        export(&mut text, name, value);
    }
    text
}

fn export(text: &mut String, name: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "export {name}={}", shell::quote(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_an_export_that_a_shell_reads_back() {
        let cloud = Registration {
            pid: 1,
            url: "http://127.0.0.1:8085".to_owned(),
            home: "groundcrew-local".parse().expect("valid"),
            operator: "operator@groundcrew.local".to_owned(),
            token_file: "/run/it's mine/token".into(),
        };
        let lines = exports(&cloud, Path::new("/run/gcloud"));
        assert!(lines.lines().all(|l| l.starts_with("export ")), "{lines}");
        for line in [
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE=http://127.0.0.1:8085/compute/v1/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=http://127.0.0.1:8085/pubsub/",
            r"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE='/run/it'\''s mine/token'",
            "CLOUDSDK_CORE_PROJECT=groundcrew-local",
            "PUBSUB_EMULATOR_HOST=127.0.0.1:8085",
            "STORAGE_EMULATOR_HOST=http://127.0.0.1:8085",
        ] {
            assert!(
                lines.contains(&format!("export {line}\n")),
                "{line} in\n{lines}"
            );
        }
    }
}

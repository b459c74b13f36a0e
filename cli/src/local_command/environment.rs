//! The environment variables that point tools at the local cloud. Pure.
//!
//! Google's libraries have no variable that names another endpoint for all their
//! APIs, and send no credentials to what `*_EMULATOR_HOST` names. They all honour
//! a proxy, and a file of certificate authorities.

use crate::shell;
use names::{ProjectId, proxy_environment};
use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

/// Where a local cloud is, and the files with the credentials of an identity.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) url: String,
    /// The project that tools use if they are told no other.
    pub(crate) project: ProjectId,
    /// The certificate authority.
    pub(crate) ca: PathBuf,
    /// An access token.
    pub(crate) token: PathBuf,
    /// Application default credentials.
    pub(crate) credentials: PathBuf,
    /// gsutil's configuration.
    pub(crate) boto: PathBuf,
    /// gcloud's folder.
    pub(crate) gcloud_config: PathBuf,
}

/// Names and values.
pub(crate) type Variables = Vec<(&'static str, String)>;

pub(crate) fn variables(access: &Access) -> Variables {
    let path = |path: &Path| path.display().to_string();
    let others = [
        ("BOTO_CONFIG", path(&access.boto)),
        ("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", path(&access.token)),
        (
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK",
            "true".to_owned(),
        ),
        ("CLOUDSDK_CONFIG", path(&access.gcloud_config)),
        ("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false".to_owned()),
        ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1".to_owned()),
        ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true".to_owned()),
        (
            "CLOUDSDK_CORE_PASS_CREDENTIALS_TO_GSUTIL",
            "false".to_owned(),
        ),
        ("CLOUDSDK_CORE_PROJECT", access.project.to_string()),
        ("GOOGLE_APPLICATION_CREDENTIALS", path(&access.credentials)),
        ("GOOGLE_CLOUD_PROJECT", access.project.to_string()),
        // The port without TLS, for what has no proxy.
        ("GROUNDCREW_ENDPOINT", access.url.clone()),
    ];
    proxy_environment(&access.url, &path(&access.ca))
        .chain(others)
        .collect()
}

/// `export NAME=value` lines, for a shell's `eval`.
pub(super) fn exports(variables: &Variables) -> String {
    let mut text = String::new();
    for (name, value) in variables {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "export {name}={}", shell::quote(value));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_an_export_that_a_shell_reads_back() {
        let access = Access {
            url: "http://127.0.0.1:8085".to_owned(),
            project: "groundcrew-local".parse().expect("valid"),
            ca: "/run/it's mine/ca.pem".into(),
            token: "/run/it's mine/token".into(),
            credentials: "/run/key.json".into(),
            boto: "/run/boto".into(),
            gcloud_config: "/run/gcloud".into(),
        };
        let lines = exports(&variables(&access));
        assert!(lines.lines().all(|l| l.starts_with("export ")), "{lines}");
        for line in [
            r"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE='/run/it'\''s mine/token'",
            "CLOUDSDK_CORE_PROJECT=groundcrew-local",
            "HTTPS_PROXY=http://127.0.0.1:8085",
            r"SSL_CERT_FILE='/run/it'\''s mine/ca.pem'",
        ] {
            assert!(
                lines.contains(&format!("export {line}\n")),
                "{line} in\n{lines}"
            );
        }
        // They make clients send no credentials.
        assert!(!lines.contains("EMULATOR_HOST"), "{lines}");
    }
}

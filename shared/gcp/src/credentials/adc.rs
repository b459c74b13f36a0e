//! Application default credentials, read by whichever library supports them.

use super::google_cloud_auth::GoogleCloudAuth;
use gcp_auth::{Error, TokenProvider};
use serde_json::Value;
use std::{ffi::OsString, path::PathBuf, sync::Arc};

/// Application default credentials, as Google's tools find them: the file that
/// `GOOGLE_APPLICATION_CREDENTIALS` names, the file that `gcloud auth
/// application-default login` writes, the metadata server.
///
/// # Errors
/// There are none, or they cannot be read.
pub async fn adc() -> Result<Arc<dyn TokenProvider>, Error> {
    let named = variable("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from);
    let well_known = variable("HOME").map(|home| {
        PathBuf::from(home).join(".config/gcloud/application_default_credentials.json")
    });
    let found = match (&named, &well_known) {
        (Some(path), _) => {
            CredentialSource::EnvironmentVariable(credential_type(&read(path).await?))
        }
        (None, Some(path)) if path.exists() => {
            CredentialSource::WellKnown(credential_type(&read(path).await?))
        }
        (None, _) => CredentialSource::NoFile,
    };
    match choose(&found, variable("GCE_METADATA_HOST").is_some()) {
        Library::GcpAuth => gcp_auth::provider().await,
        Library::GoogleCloudAuth => Ok(Arc::new(GoogleCloudAuth::default())),
    }
}

/// An environment variable of Google's tools, which are not part of a
/// function's configuration.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

async fn read(path: &PathBuf) -> Result<Vec<u8>, Error> {
    let read = tokio::fs::read(path).await;
    read.map_err(|e| Error::Io("reading the application default credentials", e))
}

/// The `type` of a credentials file; empty if there is none.
fn credential_type(file: &[u8]) -> String {
    let file: Value = serde_json::from_slice(file).unwrap_or(Value::Null);
    file["type"].as_str().unwrap_or_default().to_owned()
}

/// Where the credentials are found, with the `type` of the file.
enum CredentialSource {
    /// In the file that the environment variable names.
    EnvironmentVariable(String),
    /// In the file that gcloud writes.
    WellKnown(String),
    /// In no file; there may be a metadata server.
    NoFile,
}

#[derive(Debug, PartialEq, Eq)]
enum Library {
    GcpAuth,
    GoogleCloudAuth,
}

/// gcp_auth supports a key in the variable's file, a user in the well-known
/// one, and the metadata server at its usual address; google-cloud-auth
/// supports the rest (impersonation, external accounts, another address).
fn choose(found: &CredentialSource, metadata_host_is_set: bool) -> Library {
    let simple = match found {
        CredentialSource::EnvironmentVariable(kind) => kind == "service_account",
        CredentialSource::WellKnown(kind) => kind == "authorized_user",
        CredentialSource::NoFile => !metadata_host_is_set,
    };
    if simple {
        Library::GcpAuth
    } else {
        Library::GoogleCloudAuth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_goes_to_the_library_that_reads_it() {
        let named =
            |text: &str| CredentialSource::EnvironmentVariable(credential_type(text.as_bytes()));
        let well_known = |text: &str| CredentialSource::WellKnown(credential_type(text.as_bytes()));
        for (found, metadata, library) in [
            (
                named(r#"{"type":"service_account"}"#),
                false,
                Library::GcpAuth,
            ),
            (
                named(r#"{"type":"authorized_user"}"#),
                false,
                Library::GoogleCloudAuth,
            ),
            (
                named(r#"{"type":"external_account"}"#),
                false,
                Library::GoogleCloudAuth,
            ),
            (
                named(r#"{"type":"impersonated_service_account"}"#),
                false,
                Library::GoogleCloudAuth,
            ),
            (named("not json"), false, Library::GoogleCloudAuth),
            (
                well_known(r#"{"type":"authorized_user"}"#),
                false,
                Library::GcpAuth,
            ),
            (
                well_known(r#"{"type":"authorized_user"}"#),
                true,
                Library::GcpAuth,
            ),
            (
                well_known(r#"{"type":"service_account"}"#),
                false,
                Library::GoogleCloudAuth,
            ),
            (CredentialSource::NoFile, false, Library::GcpAuth),
            (CredentialSource::NoFile, true, Library::GoogleCloudAuth),
        ] {
            assert_eq!(choose(&found, metadata), library);
        }
    }
}

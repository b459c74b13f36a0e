//! Application default credentials: which library can read what is there.

use super::official::GoogleCloudAuth;
use gcp_auth::{Error, TokenProvider};
use serde_json::Value;
use std::{ffi::OsString, path::PathBuf, sync::Arc};

/// Application default credentials, as Google's tools find them: the file that
/// `GOOGLE_APPLICATION_CREDENTIALS` names, the file that `gcloud auth
/// application-default login` writes, the metadata server.
///
/// # Errors
/// None are there, or they cannot be read.
pub async fn adc() -> Result<Arc<dyn TokenProvider>, Error> {
    let named = variable("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from);
    let well_known = variable("HOME").map(|home| {
        PathBuf::from(home).join(".config/gcloud/application_default_credentials.json")
    });
    let found = match (&named, &well_known) {
        (Some(path), _) => CredentialSource::Named(kind(&read(path).await?)),
        (None, Some(path)) if path.exists() => {
            CredentialSource::WellKnown(kind(&read(path).await?))
        }
        (None, _) => CredentialSource::NoFile,
    };
    match choose(&found, variable("GCE_METADATA_HOST").is_some()) {
        Library::GcpAuth => gcp_auth::provider().await,
        Library::Official => Ok(Arc::new(GoogleCloudAuth::default())),
    }
}

/// Google's variables, not ours: no configuration of a function holds them.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

async fn read(path: &PathBuf) -> Result<Vec<u8>, Error> {
    let read = tokio::fs::read(path).await;
    read.map_err(|e| Error::Io("reading the application default credentials", e))
}

/// The `type` that a credentials file says it is; empty if it says none.
fn kind(file: &[u8]) -> String {
    let file: Value = serde_json::from_slice(file).unwrap_or(Value::Null);
    file["type"].as_str().unwrap_or_default().to_owned()
}

/// Where the credentials lie, with the file's `type`.
enum CredentialSource {
    Named(String),
    WellKnown(String),
    NoFile,
}

#[derive(Debug, PartialEq, Eq)]
enum Library {
    GcpAuth,
    Official,
}

/// gcp_auth reads a key from the variable's file, a user from the well-known
/// one, and Google's own metadata server; the official library reads the rest
/// (impersonated, external account, a metadata server elsewhere).
fn choose(found: &CredentialSource, metadata_host_is_set: bool) -> Library {
    let simple = match found {
        CredentialSource::Named(kind) => kind == "service_account",
        CredentialSource::WellKnown(kind) => kind == "authorized_user",
        CredentialSource::NoFile => !metadata_host_is_set,
    };
    if simple {
        Library::GcpAuth
    } else {
        Library::Official
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_goes_to_the_library_that_reads_it() {
        let named = |text: &str| CredentialSource::Named(kind(text.as_bytes()));
        let well_known = |text: &str| CredentialSource::WellKnown(kind(text.as_bytes()));
        for (found, metadata, library) in [
            (
                named(r#"{"type":"service_account"}"#),
                false,
                Library::GcpAuth,
            ),
            (
                named(r#"{"type":"authorized_user"}"#),
                false,
                Library::Official,
            ),
            (
                named(r#"{"type":"external_account"}"#),
                false,
                Library::Official,
            ),
            (
                named(r#"{"type":"impersonated_service_account"}"#),
                false,
                Library::Official,
            ),
            (named("not json"), false, Library::Official),
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
                Library::Official,
            ),
            (CredentialSource::NoFile, false, Library::GcpAuth),
            (CredentialSource::NoFile, true, Library::Official),
        ] {
            assert_eq!(choose(&found, metadata), library);
        }
    }
}

//! The machine that the agent runs on, from its metadata server.

use crate::{Error, backoff};
use events::JobAssignment;
use gcp::credentials::MetadataServer;
use names::{Duration, label};
use std::sync::Arc;

/// This machine and its assignment.
pub(crate) struct Machine {
    metadata: Arc<MetadataServer>,
    /// Compute Engine's numeric id.
    pub(crate) id: String,
    /// Instance name.
    pub(crate) name: String,
    /// Zone, `projects/{number}/zones/{zone}`.
    pub(crate) zone: String,
    /// The attempt that it runs.
    pub(crate) assignment: JobAssignment,
}

impl Machine {
    /// Reads the metadata. Retries, since early in the boot the server may not
    /// answer yet.
    ///
    /// # Errors
    /// The assignment is missing or not valid.
    pub(crate) async fn read(
        metadata: Arc<MetadataServer>,
        retry: Duration,
    ) -> Result<Self, Error> {
        let get = async |path: &str| {
            let mut backoff = backoff::starting_at(retry);
            loop {
                match metadata.get(path).await {
                    Ok(text) => return Ok(text),
                    Err(e) if e.status() == Some(404) => {
                        return Err(Error::NoMetadata(path.to_owned()));
                    }
                    Err(e) => tracing::warn!(path, error = %e, "metadata request failed, retrying"),
                }
                backoff.wait().await;
            }
        };
        let assignment = get(&format!("instance/attributes/{}", label::ASSIGNMENT)).await?;
        Ok(Self {
            id: get("instance/id").await?,
            name: get("instance/name").await?,
            zone: get("instance/zone").await?,
            assignment: serde_json::from_str(&assignment).map_err(Error::Assignment)?,
            metadata,
        })
    }

    /// A new identity token for `audience`, or the error message.
    pub(crate) async fn identity(&self, audience: &str) -> Result<String, String> {
        let token = self.metadata.identity(audience).await;
        token.map_err(|e| format!("no identity token: {e}"))
    }
}

//! A service account for one run of a command, and its credentials.

use super::projects::AuditedProjects;
use crate::{
    local::{Registration, write_atomically},
    local_command::{Access, Variables, variables},
};
use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use gcp::{
    ApiPath, Client, SCOPES,
    methods::{iam::create_account_key, iamcredentials::generate_access_token},
    policy::merge,
};
use names::{Duration, ProjectId, ServiceAccountEmail};
use serde_json::json;
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

const HOUR: Duration = Duration::from_secs(3600);

/// With it, the operator gets access tokens of the account.
const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";

pub(super) struct Identity {
    client: Client,
    pub(super) email: ServiceAccountEmail,
    /// The project that its tools use.
    project: ProjectId,
    roles: Vec<(ProjectId, String)>,
    /// Its credentials.
    folder: PathBuf,
}

impl Identity {
    /// The account `id` with these roles: project and role. It is not there before
    /// [`Identity::create`], and may be removed whether or not that succeeds.
    pub(super) fn new(
        client: &Client,
        cloud: &Registration,
        project: &ProjectId,
        id: &str,
        roles: Vec<(ProjectId, String)>,
    ) -> Result<Self> {
        let email = format!("{id}@{}.iam.gserviceaccount.com", cloud.home);
        Ok(Self {
            client: client.clone(),
            email: email.parse()?,
            project: project.clone(),
            roles,
            folder: Registration::folder().join(id),
        })
    }

    /// Creates the account with its key, and grants it its roles.
    pub(super) async fn create(&self, projects: &AuditedProjects, of: &str) -> Result<()> {
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::set_permissions(&self.folder, Permissions::from_mode(0o700)))
            .with_context(|| format!("cannot create {}", self.folder.display()))?;
        let (client, email) = (&self.client, &self.email);
        client
            .create(
                email,
                json!({ "displayName": "groundcrew access record", "description": of }),
            )
            .await?;
        let mut policy = client.policy(email).await?;
        let operator = format!("user:{}", crate::local::install::OPERATOR);
        merge(&mut policy, TOKEN_CREATOR, &operator, None);
        client.set_policy(email, &policy).await?;
        let key = BASE64_STANDARD.decode(create_account_key(client, email).await?)?;
        write_atomically(&self.file("key.json"), &key)?;
        projects.grant(&self.member(), &self.roles).await?;
        self.renew_token().await
    }

    /// Writes a new access token, valid for an hour.
    pub(super) async fn renew_token(&self) -> Result<()> {
        let token = generate_access_token(&self.client, &self.email, SCOPES, HOUR).await?;
        write_atomically(&self.file("token"), token.access_token.as_bytes())
    }

    /// The variables by which tools find the cloud as this identity.
    pub(super) fn environment(&self, cloud: &Registration) -> Result<Variables> {
        let (ca, key, boto) = (cloud.ca_file(), self.file("key.json"), self.file("boto"));
        let text = format!(
            "[Boto]\nca_certificates_file = {}\n\n[Credentials]\ngs_service_key_file = {}\n\n\
             [GSUtil]\nstate_dir = {}\n",
            ca.display(),
            key.display(),
            self.file("gsutil").display()
        );
        write_atomically(&boto, text.as_bytes())?;
        Ok(variables(&Access {
            url: cloud.url.clone(),
            project: self.project.clone(),
            ca,
            token: self.file("token"),
            credentials: key,
            boto,
            gcloud_config: self.file("gcloud"),
        }))
    }

    /// Removes the account, its roles and its credentials, whatever there is of
    /// them.
    pub(super) async fn remove(self, projects: &AuditedProjects) -> Result<()> {
        // Where it cannot be created, it is not there.
        let _ = fs::remove_dir_all(&self.folder);
        let revoked = projects.revoke(&self.member(), &self.roles).await;
        let deleted = match self.client.delete(&self.email).await {
            Err(error) if !error.is_not_found() => Err(error),
            Ok(_) | Err(_) => Ok(()),
        };
        deleted.with_context(|| format!("cannot delete {}", self.email.path()))?;
        revoked
    }

    fn member(&self) -> String {
        format!("serviceAccount:{}", self.email)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

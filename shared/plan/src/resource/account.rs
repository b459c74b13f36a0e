//! Service accounts.
//!
//! A deleted account is not shown, and can be brought back for 30 days by its
//! unique id, which the record keeps. The same address made anew is another
//! principal: what was granted to the old one is not granted to it.

use super::{Context, Deletion, api_of, mark_in, marked};
use crate::{CompareRule, DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, Value};
use gcp::{Client, Error, methods::iam};
use names::{DeploymentName, Duration, ProjectId, ServiceAccountEmail};

/// A service account of the project that its address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The project.
    pub project: ProjectId,
    /// Its address.
    pub email: ServiceAccountEmail,
    /// What people read.
    pub title: String,
    /// What it is for; the deployment's mark is added.
    pub description: String,
}

impl ServiceAccount {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Account(self.email.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        api_of(&self.project, "iam.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn wanted(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let mut wanted: DesiredFields =
            [("disabled", ("false".into(), CompareRule::Exactly))].into();
        if let Some(deployment) = deployment {
            let description = marked(&self.description, deployment);
            wanted.insert("title", (self.title.as_str().into(), CompareRule::Exactly));
            wanted.insert(
                "description",
                (Value::Text(description), CompareRule::Exactly),
            );
        }
        wanted
    }

    pub(super) async fn create(
        &self,
        site: Context<'_>,
        before: Option<&str>,
    ) -> Result<Option<String>, Fault> {
        if let Some(unique_id) = before {
            match iam::undelete_account(site.client, &self.project, unique_id).await {
                Ok(()) => {
                    self.change(site, true).await?;
                    return Ok(Some(unique_id.to_owned()));
                }
                // Too late, or never: there is nothing to bring back.
                Err(error) if error.is_not_found() || error.status() == Some(400) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let id = self.email.as_str().split('@').next().unwrap_or_default();
        let description = marked(&self.description, site.deployment);
        let made =
            iam::create_account(site.client, &self.project, id, &self.title, &description).await?;
        Ok(Some(made.unique_id))
    }

    pub(super) async fn change(&self, site: Context<'_>, ours: bool) -> Result<(), Fault> {
        let there = iam::get_account(site.client, &self.email).await?;
        if there.disabled {
            iam::set_account_disabled(site.client, &self.email, false).await?;
        }
        let description = marked(&self.description, site.deployment);
        if ours && (there.display_name != self.title || there.description != description) {
            iam::patch_account(site.client, &self.email, &self.title, &description).await?;
        }
        Ok(())
    }
}

/// How long a new account may take until it is known everywhere.
const LONGEST: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_secs(2);
/// More than fit into that; ends it under a clock that stands.
const MOST_READS: u32 = 100;
/// How many good reads, one after another, make an account that is there: one
/// alone may have met the only server that knows of it.
const GOOD_READS: u32 = 3;

/// Waits until a new account is there for everybody who reads. IAM is
/// eventually consistent: 403 and 404 mean not yet.
pub(super) async fn wait_until_visible(
    client: &Client,
    email: &ServiceAccountEmail,
) -> Result<(), Fault> {
    let deadline = client.clock().now() + LONGEST;
    let (mut good, mut reads) = (0, 0);
    while good < GOOD_READS {
        reads += 1;
        match iam::get_account(client, email).await {
            Ok(_) => good += 1,
            Err(error) => {
                let not_yet = error.is_not_found() || error.is_denied();
                if !not_yet || reads >= MOST_READS || client.clock().now() >= deadline {
                    return Err(error.into());
                }
                good = 0;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    Ok(())
}

pub(super) async fn observe(
    client: &Client,
    email: &ServiceAccountEmail,
) -> Result<Option<ObservedState>, Error> {
    let account = iam::get_account(client, email).await?;
    Ok(Some(ObservedState {
        fields: [
            ("disabled", Value::Text(account.disabled.to_string())),
            ("title", account.display_name.as_str().into()),
            ("description", account.description.as_str().into()),
        ]
        .into(),
        uid: Some(account.unique_id).filter(|id| !id.is_empty()),
        ownership: mark_in(&account.description),
        lifecycle: Lifecycle::Active,
    }))
}

pub(super) async fn delete(
    client: &Client,
    email: &ServiceAccountEmail,
) -> Result<Deletion, Fault> {
    iam::delete_account(client, email).await?;
    Ok(Deletion::Done)
}

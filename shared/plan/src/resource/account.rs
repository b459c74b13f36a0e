//! Service accounts.
//!
//! A deleted account is no longer visible, but can be restored for 30 days by
//! its unique id, which the record keeps. A new account with the same address
//! is another principal: it does not inherit the old one's grants.

use super::{
    api::api_of,
    context::Context,
    mark::{ownership_from_description, with_mark},
    operation::Deletion,
};
use crate::{CompareRule, DesiredFields, Fault, FieldValue, Lifecycle, ObservedState, ResourceId};
use gcp::{Client, Error, Method, Request, methods::iam};
use names::{DeploymentName, Duration, ProjectId, ServiceAccountEmail};

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The project that its address names.
    pub project: ProjectId,
    /// Its email address.
    pub email: ServiceAccountEmail,
    /// Display name.
    pub title: String,
    /// Its purpose; the deployment's mark is added.
    pub description: String,
}

impl ServiceAccount {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Account(self.email.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        api_of(&self.project, "iam.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn desired_fields(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let mut fields: DesiredFields =
            [("disabled", ("false".into(), CompareRule::Exactly))].into();
        if let Some(deployment) = deployment {
            let description = with_mark(&self.description, deployment);
            fields.insert("title", (self.title.as_str().into(), CompareRule::Exactly));
            fields.insert(
                "description",
                (FieldValue::Text(description), CompareRule::Exactly),
            );
        }
        fields
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let project = format!("projects/{}", self.project);
        let name = format!("{project}/serviceAccounts/{}", self.email);
        let on = |method: &'static Method| Request::new(method).path("name", &name);
        vec![
            Request::new(&iam::ACCOUNTS_CREATE).path("name", project),
            on(&iam::ACCOUNTS_GET),
            on(&iam::ACCOUNTS_PATCH),
            on(&iam::ACCOUNTS_ENABLE),
            on(&iam::ACCOUNTS_UNDELETE),
            on(&iam::ACCOUNTS_DELETE),
        ]
    }

    pub(super) async fn create(
        &self,
        context: &Context<'_>,
        deleted_uid: Option<&str>,
    ) -> Result<Option<String>, Fault> {
        if let Some(unique_id) = deleted_uid {
            match iam::undelete_account(context.client, &self.project, unique_id).await {
                Ok(()) => {
                    self.change(context, true).await?;
                    return Ok(Some(unique_id.to_owned()));
                }
                // It was never there, or is gone for good.
                Err(error) if error.is_not_found() || error.status() == Some(400) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let id = self.email.as_str().split('@').next().unwrap_or_default();
        let description = with_mark(&self.description, context.deployment);
        let created =
            iam::create_account(context.client, &self.project, id, &self.title, &description)
                .await?;
        Ok(Some(created.unique_id))
    }

    pub(super) async fn change(&self, context: &Context<'_>, ours: bool) -> Result<(), Fault> {
        let current = iam::get_account(context.client, &self.email).await?;
        if current.disabled {
            iam::set_account_disabled(context.client, &self.email, false).await?;
        }
        let description = with_mark(&self.description, context.deployment);
        if ours && (current.display_name != self.title || current.description != description) {
            iam::patch_account(context.client, &self.email, &self.title, &description).await?;
        }
        Ok(())
    }
}

/// How long a new account may take until it is visible everywhere.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// More polls than fit into the timeout; ends the loop if the clock stands still.
const MAX_READS: u32 = 100;
/// How many successful reads in a row are needed: a single one may have been
/// answered by the only server that knows the account.
const REQUIRED_READS: u32 = 3;

/// Waits until a new account is visible everywhere. IAM is eventually
/// consistent: 403 and 404 mean not yet.
pub(super) async fn wait_until_visible(
    client: &Client,
    email: &ServiceAccountEmail,
) -> Result<(), Fault> {
    let deadline = client.clock().now() + VISIBILITY_TIMEOUT;
    let (mut successes, mut reads) = (0, 0);
    while successes < REQUIRED_READS {
        reads += 1;
        match iam::get_account(client, email).await {
            Ok(_) => successes += 1,
            Err(error) => {
                let not_yet = error.is_not_found() || error.is_denied();
                if !not_yet || reads >= MAX_READS || client.clock().now() >= deadline {
                    return Err(error.into());
                }
                successes = 0;
                tokio::time::sleep(POLL_INTERVAL).await;
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
            ("disabled", FieldValue::Text(account.disabled.to_string())),
            ("title", account.display_name.as_str().into()),
            ("description", account.description.as_str().into()),
        ]
        .into(),
        uid: Some(account.unique_id).filter(|id| !id.is_empty()),
        ownership: ownership_from_description(&account.description),
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

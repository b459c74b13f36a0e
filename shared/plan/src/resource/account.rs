//! Service accounts.
//!
//! A deleted account is no longer visible, but can be restored for 30 days by
//! its unique id, which the record keeps. A new account with the same address
//! is another principal: it does not inherit the old one's grants.

use super::{
    api::api_of,
    context::Context,
    kind::{Kind, finish},
    row::{Row, Sent},
};
use crate::{Fault, ResourceId, StepInput};
use gcp::{
    ApiPath, Backoff, Client, Collection, Request,
    methods::iam::{self, ACCOUNTS},
    poll::{Failure, retry},
};
use names::{Duration, ProjectId, ServiceAccountEmail};
use serde_json::{Value, json};

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

impl Kind for ServiceAccount {
    type Name = ServiceAccountEmail;

    const COLLECTION: &'static Collection = &ACCOUNTS;
    const UID: &'static str = "uniqueId";
    const ROWS: &'static [Row<Self>] = &[
        Row::new("title", "displayName", |a: &Self| json!(a.title)),
        Row::new("description", "description", |a: &Self| {
            json!(a.description)
        })
        .mark(),
        Row::new("disabled", "disabled", |_| json!(false))
            .needed()
            .absent("false")
            .unsent(),
    ];

    fn name(&self) -> ServiceAccountEmail {
        self.email.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(&self.project, "iam.googleapis.com").into()
    }

    fn more_calls(&self) -> Vec<Request> {
        let path = self.email.path();
        [&iam::ACCOUNTS_ENABLE, &iam::ACCOUNTS_UNDELETE]
            .map(|method| Request::on(method, &path))
            .into()
    }

    async fn create(
        &self,
        context: &Context<'_>,
        input: &StepInput,
    ) -> Result<Option<String>, Fault> {
        if let Some(unique_id) = &input.uid {
            match iam::undelete_account(context.client, &self.project, unique_id).await {
                Ok(()) => {
                    self.change(context, input, Sent::Changed).await?;
                    return Ok(Some(unique_id.clone()));
                }
                // It was never there, or is gone for good.
                Err(error) if error.is_not_found() || error.status() == Some(400) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let fields = self.body(context.deployment, Sent::Created);
        let created = context.client.answer(&self.creation(fields)).await?;
        finish::<Self>(context.client, &self.email, created).await
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, sent: Sent) -> Result<(), Fault> {
        let get = ACCOUNTS.get(&self.email.path());
        let current: Value = context.client.json(&get).await?;
        if current["disabled"] == true {
            iam::set_account_disabled(context.client, &self.email, false).await?;
        }
        let mut fields = self.body(context.deployment, sent);
        if let Some(fields) = fields.as_object_mut() {
            fields.retain(|field, value| current[field] != *value);
        }
        if fields.as_object().is_some_and(|fields| !fields.is_empty()) {
            context.client.patch(&self.email, fields).await?;
        }
        Ok(())
    }

    /// IAM is eventually consistent: 403 and 404 mean not yet, and a single
    /// successful read may have been answered by the only server that knows the
    /// account.
    async fn wait_until_visible(client: &Client, email: &ServiceAccountEmail) -> Result<(), Fault> {
        let is_retried = |failure: Failure<&gcp::Error>| {
            let not_yet = failure.error.is_not_found() || failure.error.lacks_permission();
            not_yet && failure.attempts < MAX_FAILURES && failure.elapsed < VISIBILITY_TIMEOUT
        };
        let read = || async {
            for _ in 0..REQUIRED_READS {
                client.get(email).await?;
            }
            Ok(())
        };
        retry(&**client.clock(), READ_PAUSES, is_retried, read).await?;
        Ok(())
    }
}

/// How long a new account may take until it is visible everywhere.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(120);
const READ_PAUSES: Backoff = Backoff::constant(Duration::from_secs(2));
/// More than fit into the timeout; ends the loop if the clock stands still.
const MAX_FAILURES: u32 = 100;
/// How many successful reads in a row are needed.
const REQUIRED_READS: u32 = 3;

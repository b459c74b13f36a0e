//! Who pays for a project.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy, Retention},
    row::{Row, Sent, observed},
};
use crate::{Fault, Lifecycle, ObservedState, ResourceId, StepInput};
use gcp::{
    ApiPath, Client, Collection, Error, Request,
    methods::cloudbilling::{BILLING_INFO_GET, BILLING_INFO_UPDATE},
};
use names::{BillingAccountName, ProjectId};
use serde_json::{Value, json};

/// The billing account of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingLink {
    /// Which project is paid for.
    pub project: ProjectId,
    /// The account that pays for it.
    pub account: BillingAccountName,
}

impl BillingLink {
    /// Links the project, and reads back that it is paid for.
    async fn link(&self, client: &Client) -> Result<(), Fault> {
        let fields = json!({ "billingAccountName": self.account });
        let linked: Value = client.json(&update(&self.project).json(&fields)).await?;
        match linked["billingAccountName"] == self.account.as_str()
            && linked["billingEnabled"] == true
        {
            true => Ok(()),
            false => Err(Fault::Refused(format!(
                "{} was linked, and billing is not enabled: is the account closed?",
                self.account
            ))),
        }
    }
}

impl Kind for BillingLink {
    type Name = ProjectId;

    const COLLECTION: &'static Collection = &Collection::EMPTY;
    const ROWS: &'static [Row<Self>] = &[
        Row::new("account", "billingAccountName", |b: &Self| json!(b.account)).needed(),
        Row::new("enabled", "billingEnabled", |_| json!(true))
            .needed()
            .absent("false"),
    ];
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> ProjectId {
        self.project.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        vec![ResourceId::Project(self.project.clone())]
    }

    fn retention(_: Lifecycle) -> Option<Retention> {
        Some(Retention {
            reason: "without it, Google would stop what runs in the project",
            until: None,
            needs_call: false,
        })
    }

    fn creation(&self, _: Value) -> Request {
        update(&self.project).json(&json!({ "billingAccountName": self.account }))
    }

    fn calls(&self) -> Vec<Request> {
        vec![self.creation(Value::Null), read(&self.project)]
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        self.link(context.client).await?;
        Ok(None)
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        self.link(context.client).await
    }

    async fn observe(client: &Client, project: &ProjectId) -> Result<Option<ObservedState>, Error> {
        let info: Value = client.json(&read(project)).await?;
        let is_linked = info["billingAccountName"]
            .as_str()
            .is_some_and(|name| !name.is_empty());
        Ok(is_linked.then(|| observed(Self::ROWS, Self::UID, &info)))
    }

    async fn delete(_: &Context<'_>, _: &ProjectId, _: &StepInput) -> Result<Deletion, Fault> {
        Ok(Deletion::Retained(None))
    }
}

fn read(project: &ProjectId) -> Request {
    Request::new(&BILLING_INFO_GET).path("name", project.path())
}

fn update(project: &ProjectId) -> Request {
    Request::new(&BILLING_INFO_UPDATE).path("name", project.path())
}

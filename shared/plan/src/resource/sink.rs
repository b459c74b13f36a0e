//! Sinks of Cloud Logging that publish to a topic.
//!
//! Google makes the identity that a sink writes with when it makes the sink, so
//! no manifest can name it in a policy. The grant that it needs is part of the
//! sink, unless only the topic's owner can make it.

use super::{
    api::api_of,
    context::Context,
    kind::{Deletion, Kind},
    policy,
    row::{self, Row, Sent, observed},
};
use crate::{
    DesiredFields, Fault, FieldValue, Grant, ObservedGrant, ObservedState, PolicyTarget,
    ResourceId, StepInput,
};
use gcp::{
    ApiPath, Client, Collection, Error, Request,
    methods::{logging, pubsub},
};
use names::{DeploymentId, SinkName, TopicName};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A sink that publishes to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    /// `projects/{project}/sinks/{sink}`.
    pub name: SinkName,
    /// Its purpose; the deployment's mark is added.
    pub description: String,
    /// The topic, which may be in another project.
    pub topic: TopicName,
    /// Which log entries, in Logging's query language.
    pub filter: String,
    /// Whether the grant on the topic is part of it; otherwise the topic's owner
    /// has to make it.
    pub grants_publisher: bool,
}

const DESTINATION: &str = "pubsub.googleapis.com/";
/// Whether the sink's identity may publish to its topic.
const MAY_PUBLISH: &str = "may-publish";

impl Kind for Sink {
    type Name = SinkName;

    const COLLECTION: &'static Collection = &logging::SINKS;
    const ROWS: &'static [Row<Self>] = &[
        Row::new("description", "description", |s: &Self| {
            json!(s.description)
        })
        .mark(),
        Row::new("destination", "destination", |s: &Self| {
            json!(format!("{DESTINATION}{}", s.topic))
        })
        .needed(),
        Row::new("filter", "filter", |s: &Self| json!(s.filter)).needed(),
        Row::new(MAY_PUBLISH, "writerIdentity", |_| json!(true))
            .needed()
            .unsent(),
    ];

    fn desired_fields(&self, deployment: Option<&DeploymentId>) -> DesiredFields {
        let mut fields = row::desired(Self::ROWS, self, deployment);
        if !self.grants_publisher {
            fields.remove(MAY_PUBLISH);
        }
        fields
    }

    fn name(&self) -> SinkName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        let [api] = api_of(self.name.project(), "logging.googleapis.com");
        vec![api, ResourceId::Topic(self.topic.clone())]
    }

    fn creation(&self, fields: Value) -> Request {
        let creation = Self::COLLECTION.create(&self.name.path(), fields);
        creation.query("uniqueWriterIdentity", true)
    }

    fn more_calls(&self) -> Vec<Request> {
        let mut calls = vec![Self::COLLECTION.list(&self.name.project().path())];
        if self.grants_publisher {
            let topic = self.topic.path();
            calls.extend([
                pubsub::TOPICS.get_policy(&topic),
                pubsub::TOPICS.set_policy(&topic, &gcp::Policy::default()),
            ]);
        }
        calls
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        let fields = self.body(context.deployment, Sent::Created);
        let sink: Value = context.client.json(&self.creation(fields)).await?;
        self.permit(context.client, &sink).await?;
        Ok(None)
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, sent: Sent) -> Result<(), Fault> {
        let client = context.client;
        let before: Value = client
            .json(&Self::COLLECTION.get(&self.name.path()))
            .await?;
        let fields = self.body(context.deployment, sent);
        let patch = Self::COLLECTION.patch(&self.name.path(), fields);
        let sink: Value = client
            .json(&patch.query("uniqueWriterIdentity", true))
            .await?;
        if topic(&before).is_some_and(|topic| topic != self.topic) {
            forbid(client, &self.name, &before).await?;
        }
        self.permit(client, &sink).await
    }

    async fn observe(client: &Client, name: &SinkName) -> Result<Option<ObservedState>, Error> {
        let sink: Value = client.json(&Self::COLLECTION.get(&name.path())).await?;
        let mut state = observed(Self::ROWS, Self::UID, &sink);
        state.fields.remove(MAY_PUBLISH);
        let may_publish = match topic(&sink).map(PolicyTarget::Topic) {
            None => false,
            Some(target) => match policy::read(client, &target).await {
                Err(error) if error.is_not_found() => false,
                // Whose topic it is, knows.
                Err(error) if error.lacks_permission() => return Ok(Some(state)),
                read => {
                    let existing = policy::grants_of(&read?);
                    let needed: Vec<_> = grants(&sink).iter().map(ObservedGrant::from).collect();
                    !needed.is_empty() && needed.iter().all(|grant| existing.contains(grant))
                }
            },
        };
        let may_publish = FieldValue::from(&json!(may_publish));
        state.fields.insert(MAY_PUBLISH, may_publish);
        Ok(Some(state))
    }

    async fn delete(
        context: &Context<'_>,
        name: &SinkName,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        let client = context.client;
        let sink: Value = client.json(&Self::COLLECTION.get(&name.path())).await?;
        forbid(client, name, &sink).await?;
        client
            .answer(&Self::COLLECTION.delete(&name.path()))
            .await?;
        Ok(Deletion::Done)
    }
}

fn topic(sink: &Value) -> Option<TopicName> {
    let destination = sink["destination"].as_str()?;
    destination.strip_prefix(DESTINATION)?.parse().ok()
}

/// What a sink needs to be granted on its topic.
fn grants(sink: &Value) -> BTreeSet<Grant> {
    let writer = sink["writerIdentity"].as_str();
    let member = writer.and_then(|writer| writer.parse().ok());
    let grant = |member| Grant {
        role: "roles/pubsub.publisher".parse().expect("a role"),
        member,
        condition: None,
    };
    member.map(grant).into_iter().collect()
}

impl Sink {
    /// Lets the sink publish to its topic.
    async fn permit(&self, client: &Client, sink: &Value) -> Result<(), Fault> {
        if !self.grants_publisher {
            return Ok(());
        }
        let target = PolicyTarget::Topic(self.topic.clone());
        policy::edit(client, &target, &grants(sink), &BTreeSet::new()).await
    }
}

/// Takes back what [`Sink::permit`] granted, unless the topic is gone, only its
/// owner can do it, or another sink of the project, whose sinks may share an
/// identity, publishes to the topic with it.
async fn forbid(client: &Client, name: &SinkName, sink: &Value) -> Result<(), Fault> {
    let Some(target) = topic(sink).map(PolicyTarget::Topic) else {
        return Ok(());
    };
    let all = client.list::<SinkName>(name.project()).await?;
    let shares = all.iter().any(|other| {
        other.name != name.id()
            && sink["destination"] == other.destination.as_str()
            && sink["writerIdentity"] == other.writer_identity.as_str()
    });
    if shares {
        return Ok(());
    }
    match policy::edit(client, &target, &BTreeSet::new(), &grants(sink)).await {
        Err(Fault::Call(error)) if error.is_not_found() || error.lacks_permission() => Ok(()),
        edited => edited,
    }
}

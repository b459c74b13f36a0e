//! Publishes the projects of a product that are ready, so that each is set up.

use super::Factory;
use crate::{Error, Product};
use events::ProjectProvisioned;
use gcp::{Message, Publisher};
use names::{EnvironmentName, ProjectId, TopicName};
use std::collections::BTreeMap;

impl Factory {
    /// Publishes each environment whose project is ready, and was not published
    /// before, to `topic` (`project-provisioned`); answers with them. After a crash,
    /// one may be published twice.
    ///
    /// # Errors
    /// The ledger could not be read or written, or an event not published.
    pub async fn announce(
        &self,
        publisher: &dyn Publisher,
        topic: &TopicName,
    ) -> Result<BTreeMap<EnvironmentName, ProjectId>, Error> {
        let open = self.to_announce().await?;
        for project in open.values() {
            let message = Message::json(&self.provisioned(project));
            let published = publisher.publish(topic, message).await;
            published.map_err(Error::Publish)?;
            self.update(|next| {
                next.announced.insert(project.clone());
            })
            .await?;
        }
        Ok(open)
    }

    /// The event by which `project` is set up. Everything else has a default.
    fn provisioned(&self, project: &ProjectId) -> ProjectProvisioned {
        let fields = [
            ("project", project.to_string()),
            ("location", self.spec.location.to_string()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.into()));
        ProjectProvisioned::Provisioned {
            project: project.clone(),
            spec: fields.into(),
        }
    }

    /// The environments whose projects are ready, and have not been published as
    /// such: by name, with their projects.
    pub(crate) async fn to_announce(&self) -> Result<BTreeMap<EnvironmentName, ProjectId>, Error> {
        let product = self.product().await?;
        let is_set_up = |product: &Product| product.is_ready && self.spec.options.jobs;
        let Some(product) = product.filter(is_set_up) else {
            return Ok(BTreeMap::new());
        };
        let all = product.projects.environments.into_iter();
        let open = all.filter(|(name, id)| {
            self.spec.environments.contains_key(name) && !product.announced.contains(id)
        });
        Ok(open.collect())
    }
}

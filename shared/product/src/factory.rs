//! Makes, changes and deletes a product with one client.

mod announcement;

use crate::{
    Error, Product, ProjectIds, Settings, Spec, decide::begun, manifest, manifest::former,
    preflight, store::ProductStore,
};
use gcp::{ApiPath, Class, Client, Pages, methods::resourcemanager::LIENS};
use ledger::Ledger;
use names::{EnvironmentName, ProjectId, Timestamp};
use plan::{ApplyReport, Engine, EventSink, Lien, Manifest, Plan, ResourceId, StepOutcome};
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};

/// How many products are changed at the same time: Google counts the writes of
/// policies by the minute.
pub const CONCURRENT_PRODUCTS: usize = 4;
/// How many IDs of one project are tried.
const MAX_TAKEN: u32 = 5;

/// The product of a spec, as one identity sees and changes it.
pub struct Factory {
    client: Client,
    ledger: Ledger,
    engine: Engine,
    spec: Spec,
    settings: Settings,
    /// When the event that the factory answers was published, whose flow records its
    /// beginning.
    requested_at: Option<Timestamp>,
}

/// The projects of environments that are no longer in the spec, which the caller
/// agrees to delete.
#[derive(Debug, Clone, Default)]
pub struct Removal(pub BTreeSet<EnvironmentName>);

impl Factory {
    /// The product of `spec` in `ledger`, with the identity of `client`.
    #[must_use]
    pub fn new(client: Client, ledger: Ledger, spec: &Spec, settings: &Settings) -> Self {
        let store = ProductStore {
            ledger: ledger.clone(),
            id: spec.id(),
        };
        Self {
            engine: Engine::new(client.clone(), Arc::new(store)),
            client,
            ledger,
            spec: spec.clone(),
            settings: settings.clone(),
            requested_at: None,
        }
    }

    /// The factory as the answer to a request that is recorded as begun.
    pub(crate) fn for_request(self, requested_at: Timestamp) -> Self {
        Self {
            requested_at: Some(requested_at),
            ..self
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The product as the ledger has it; `None` if it was never applied.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn product(&self) -> Result<Option<Product>, Error> {
        let entry = self.ledger.get::<Product>(&self.spec.id()).await?;
        Ok(entry.map(|entry| entry.record))
    }

    /// The IDs of the product's projects: recorded, or those that will be chosen.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn project_ids(&self) -> Result<ProjectIds, Error> {
        Ok(Product::project_ids(
            self.product().await?.as_ref(),
            &self.spec,
        ))
    }

    /// What has to be changed. Only reads.
    ///
    /// # Errors
    /// The ledger or a resource could not be read.
    pub async fn plan(&self) -> Result<Plan, Error> {
        let product = self.product().await?;
        self.plan_of(product.as_ref(), &self.manifest(product.as_ref()))
            .await
    }

    fn manifest(&self, product: Option<&Product>) -> Manifest {
        let ids = Product::project_ids(product, &self.spec);
        manifest(&self.spec, &ids, &self.settings)
    }

    async fn plan_of(&self, product: Option<&Product>, manifest: &Manifest) -> Result<Plan, Error> {
        match product {
            Some(product) => self.engine.plan_with(manifest, &product.resources).await,
            None => self.engine.plan(manifest).await,
        }
        .map_err(Error::Unobserved)
    }

    /// Checks, before anything is made, that `plan` can be applied: the caller has
    /// all permissions, and agrees to the `removal` of what is no longer in the
    /// spec. Only reads.
    ///
    /// # Errors
    /// It cannot be applied.
    pub async fn check(&self, plan: &Plan, removal: &Removal) -> Result<(), Error> {
        if let Some(product) = self.product().await? {
            if let Some((name, id)) = product.removed_environment(&self.spec, &removal.0) {
                return Err(Error::Environment(name, id));
            }
            let former = former(&self.spec, &product.projects);
            self.check_liens(former.values()).await?;
        }
        let missing = preflight::missing(&self.client, plan, &self.spec).await;
        let missing = missing.map_err(|error| {
            Error::from(plan::Error {
                operation: "testing permissions for",
                id: Some(ResourceId::ResourceFolder(self.spec.folder())),
                fault: error.into(),
            })
        })?;
        match missing {
            None => Ok(()),
            Some(missing) => Err(Error::Missing(missing)),
        }
    }

    async fn check_liens(&self, projects: impl Iterator<Item = &ProjectId>) -> Result<(), Error> {
        for project in projects {
            let list = LIENS.list(&project.path());
            let liens = Pages::new(&self.client, list)
                .all::<Value>(LIENS.items)
                .await;
            let liens = match liens {
                // A project that is gone has none.
                Err(error) if error.lacks_permission() || error.is_of_deleted_project() => continue,
                liens => liens.map_err(|error| plan::Error {
                    operation: "reading the liens on",
                    id: Some(ResourceId::Project(project.clone())),
                    fault: error.into(),
                })?,
            };
            for lien in liens {
                let text = |field: &str| lien[field].as_str().unwrap_or_default().to_owned();
                if lien["origin"] != Lien::ORIGIN {
                    return Err(Error::Lien(project.clone(), text("origin"), text("reason")));
                }
            }
        }
        Ok(())
    }

    /// Applies `plan`. Where an ID turned out to be someone else's, the next one is
    /// chosen, and what depends on it is made with that.
    ///
    /// # Errors
    /// The ledger could not be read or written.
    pub async fn apply(&self, plan: &Plan, events: EventSink<'_>) -> Result<ApplyReport, Error> {
        let mut product = match self.product().await? {
            Some(product) if self.requested_at.is_some() => product,
            Some(product) if product.spec == self.spec && plan.is_empty() => product,
            _ => self.begin().await?,
        };
        let requested_at = self.requested_at.or(product.requested_at);
        let mut manifest = self.manifest(Some(&product));
        let mut report = self.engine.apply(&manifest, plan, events).await?;
        for _ in 0..MAX_TAKEN {
            let taken = self.taken(&report, &product.projects);
            if taken.is_empty() {
                break;
            }
            product = self.choose_again(&taken).await?;
            manifest = self.manifest(Some(&product));
            let plan = self.plan_of(Some(&product), &manifest).await?;
            report = self.engine.apply(&manifest, &plan, events).await?;
        }
        self.end(&report, requested_at).await?;
        Ok(report)
    }

    /// Records what is about to be applied.
    async fn begin(&self) -> Result<Product, Error> {
        let (id, now) = (self.spec.id(), self.client.clock().now());
        let begun = self.ledger.update::<Product>(&id, |before| {
            Some(begun(before, &self.spec, now, None, now))
        });
        begun.await?.ok_or(Error::Unknown(id))
    }

    async fn choose_again(&self, taken: &[String]) -> Result<Product, Error> {
        self.update(|next| {
            for name in taken {
                *next.taken.entry(name.clone()).or_default() += 1;
                let chosen = |name: &str| next.taken.get(name).copied().unwrap_or_default();
                let fresh = ProjectIds::of(&self.spec, None, chosen);
                let mut environments = fresh.environments.into_iter();
                let ids = &mut next.projects;
                let id = match environments.find(|(it, _)| it.as_str() == name) {
                    Some((environment, id)) => ids.environments.insert(environment, id),
                    None => Some(std::mem::replace(&mut ids.meta, fresh.meta)),
                };
                if let Some(id) = id {
                    let resources = &mut next.resources.entries;
                    resources.retain(|entry, _| entry.project().as_ref() != Some(&id));
                    next.version += 1;
                }
            }
        })
        .await
    }

    /// Records what was applied, unless a later request began meanwhile.
    async fn end(
        &self,
        report: &ApplyReport,
        requested_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        let now = self.client.clock().now();
        let is_done = report.is_done();
        self.update(|next| {
            if next.requested_at != requested_at {
                return;
            }
            if is_done && self.requested_at.is_none() {
                (next.due, next.failure, next.failed_attempts) = (None, None, 0);
            }
            let recorded = &next.resources.entries;
            let is_there = |id: &ProjectId| recorded.contains_key(&ResourceId::Project(id.clone()));
            let spec = &self.spec.environments;
            let ids = &mut next.projects.environments;
            ids.retain(|name, id| spec.contains_key(name) || is_there(id));
            if next.is_ready != is_done {
                next.is_ready = is_done;
                next.note(
                    now,
                    if is_done {
                        "applied"
                    } else {
                        "applied in part"
                    },
                );
            }
        })
        .await?;
        Ok(())
    }

    /// Changes the product, which is recorded, and answers with it.
    async fn update(&self, change: impl Fn(&mut Product)) -> Result<Product, Error> {
        let id = self.spec.id();
        let updated = self.ledger.update::<Product>(&id, |before| {
            let mut next = before?.clone();
            change(&mut next);
            Some(next)
        });
        updated.await?.ok_or(Error::Unknown(id))
    }

    /// What a deletion of the product deletes. Only reads.
    ///
    /// # Errors
    /// There is no such product, someone else's lien forbids it, or something could
    /// not be read.
    pub async fn plan_deletion(&self) -> Result<Plan, Error> {
        let product = self
            .product()
            .await?
            .ok_or_else(|| Error::Unknown(self.spec.id()))?;
        let projects = product
            .projects
            .environments
            .values()
            .chain([&product.projects.meta]);
        self.check_liens(projects).await?;
        let empty = Manifest::empty(self.spec.id());
        self.plan_of(Some(&product), &empty).await
    }

    /// Deletes the product by `plan`.
    ///
    /// # Errors
    /// The ledger could not be read or written.
    pub async fn delete(&self, plan: &Plan, events: EventSink<'_>) -> Result<ApplyReport, Error> {
        let empty = Manifest::empty(self.spec.id());
        let now = self.client.clock().now();
        // A deletion is a request, too: it supersedes earlier events.
        self.update(|next| {
            (next.requested_at, next.due, next.failure) = (Some(now), None, None);
        })
        .await?;
        let report = self.engine.apply(&empty, plan, events).await?;
        let now = self.client.clock().now();
        self.update(|next| {
            next.is_ready = false;
            next.announced.clear();
            next.note(
                now,
                if report.is_done() {
                    "deleted"
                } else {
                    "deleted in part"
                },
            );
        })
        .await?;
        Ok(report)
    }

    /// The environments, or `meta`, whose projects' IDs are someone else's. An ID
    /// that the spec gives is not chosen again.
    fn taken(&self, report: &ApplyReport, projects: &ProjectIds) -> Vec<String> {
        let given = |id: &ProjectId| {
            let mut environments = self.spec.environments.values();
            environments.any(|environment| environment.project.as_ref() == Some(id))
        };
        let mut taken = Vec::new();
        for (id, outcome) in &report.outcomes {
            if let (ResourceId::Project(id), StepOutcome::Failed { class, .. }) = (id, outcome)
                && *class == Class::Conflict
                && !given(id)
            {
                taken.extend(projects.name_of(id).map(str::to_owned));
            }
        }
        taken
    }
}

//! Hosts the functions like Cloud Run: each with its own port and its own metadata
//! server, which serves only the function's account.

use anyhow::{Context, Result};
use deployment::{
    Deployment, Identity, account, ack_deadline, audience, product_settings, project_settings,
};
use runtime::{Function, RunningServer, Wiring};
use simulator::{Guest, Host, server};
use std::{net::TcpListener, sync::Arc};

/// The running functions.
pub(super) struct Functions {
    running: Vec<(&'static str, RunningServer, server::Listener)>,
}

impl Functions {
    /// The URL to which the messages of the function `name` are pushed.
    ///
    /// # Panics
    /// If there is no such function.
    pub(super) fn url(&self, name: &str) -> String {
        let mut running = self.running.iter();
        let function = running.find(|(running, ..)| *running == name);
        let (_, running, _) = function.unwrap_or_else(|| panic!("{name} is not running"));
        format!("http://{}/", running.addr)
    }

    /// Drains and stops all functions.
    pub(super) async fn stop(self) {
        for (_, running, _) in self.running {
            if let Err(error) = running.stop().await {
                tracing::warn!(%error, "a function did not stop cleanly");
            }
        }
    }
}

/// Starts every function of `deployment`, against the cloud at `url`.
pub(super) async fn start(
    deployment: &Deployment,
    host: &Arc<Host>,
    url: &str,
) -> Result<Functions> {
    let mut starter = Starter {
        deployment,
        host,
        url,
        running: Vec::new(),
    };
    let settings = deployment.settings.clone();
    let job_settings = settings.clone();
    starter
        .function(jobs::Identity::JobQueued.into(), move |w| {
            job_queued::build(&job_settings, w)
        })
        .await?;
    let job_settings = settings.clone();
    starter
        .function(jobs::Identity::JobChanged.into(), move |w| {
            job_changed::build(&job_settings, w)
        })
        .await?;
    starter
        .function(jobs::Identity::MaintenanceNoticed.into(), move |w| {
            maintenance_noticed::build(&settings, w)
        })
        .await?;
    let sweep = sweep::Settings {
        database: deployment.settings.database.clone(),
        changes: deployment.topics.changes.clone(),
        provisioned: deployment.provisioned.clone(),
        products: deployment.products.clone(),
    };
    starter
        .function(jobs::Identity::Sweep.into(), move |w| {
            sweep::build(&sweep, w)
        })
        .await?;
    let common = project_settings(deployment);
    let provisioned = project_provisioned::Settings {
        database: deployment.settings.database.clone(),
        resource_manager: common.resource_manager,
        functions: common.functions.into_iter().collect(),
        regions: common.regions.into_iter().collect(),
        reports: deployment.settings.reports.clone(),
        maintenance: deployment.maintenance.clone(),
    };
    starter
        .function(Identity::ProjectProvisioned, move |w| {
            project_provisioned::build(&provisioned, w)
        })
        .await?;
    let common = product_settings(deployment);
    let products = product_requested::Settings {
        database: deployment.settings.database.clone(),
        provisioned: deployment.provisioned.clone(),
        setup_account: common.setup_account,
        setup_permissions: common.setup_permissions.into_iter().collect(),
    };
    starter
        .function(Identity::ProductRequested, move |w| {
            product_requested::build(&products, w)
        })
        .await?;
    Ok(Functions {
        running: starter.running,
    })
}

struct Starter<'a> {
    deployment: &'a Deployment,
    host: &'a Arc<Host>,
    url: &'a str,
    running: Vec<(&'static str, RunningServer, server::Listener)>,
}

impl Starter<'_> {
    async fn function<F: Function>(
        &mut self,
        identity: Identity,
        build: impl Fn(&Wiring) -> F + Clone + Send + 'static,
    ) -> Result<()> {
        let name = identity.name();
        let guest = Guest::Service {
            project: self.deployment.home.to_string(),
            account: account(self.deployment, identity).to_string(),
        };
        let metadata = server::metadata::listen(self.host.clone(), guest)
            .await
            .with_context(|| format!("cannot start the metadata server of {name}"))?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .with_context(|| format!("cannot bind a port for {name}"))?;
        let settings = runtime::Settings {
            endpoint: Some(self.url.to_owned()),
            metadata_host: Some(metadata.addr().to_string()),
            push_audience: Some(audience(self.deployment, name)),
            push_account: Some(self.deployment.push_account.clone()),
            jwks: format!("{}/oauth2/v3/certs", self.url),
            dead_letter_topic: Some(self.deployment.topics.dead_letters.clone()),
            ack_deadline: ack_deadline(name),
            request_timeout: ack_deadline(name),
            ..runtime::Settings::default()
        };
        let running = runtime::start(listener, settings, build)
            .with_context(|| format!("cannot start {name}"))?;
        self.running.push((name, running, metadata));
        Ok(())
    }
}

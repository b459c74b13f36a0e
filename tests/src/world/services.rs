//! How the functions of a world are started.

use super::{
    World,
    process::{Service, Services},
    transport::{DirectTransport, PrincipalTokens},
};
use crate::{
    chaos::{Chaos, CrashSignal, FaultyTransport, RequestMutation},
    translation::{Translated, TranslatingTransport, Translation},
};
use deployment::{Deployment, audience, product_settings, project_settings};
use gcp::{Client, Endpoints, RestPublisher, Transport};
use jobs::{Flow, Identity};
use ledger::Ledger;
use names::Clock;
use runtime::{DeadLetters, Function, PushAuthenticator, Verifier};
use simulator::{Host, iam::Principal};
use std::{cell::RefCell, sync::Arc};

impl World {
    pub(super) fn services(&self) -> Services {
        let settings = self.deployment.settings.clone();
        let direct: Arc<dyn Transport> = Arc::new(DirectTransport(self.host.clone()));
        let jwks = "http://cloud/oauth2/v3/certs";
        let verifier = Arc::new(Verifier::new(direct, jwks, self.clock.clone()));
        let (dependencies, decide) = (self.dependencies(), self.config.decide);
        let flow = move |identity: Identity, dependencies: &Dependencies, crash_signal| {
            Flow::connect(
                &dependencies.settings,
                &dependencies.client(identity, Some(crash_signal)),
            )
            .with_decision(decide)
        };
        Services {
            job_queued: self.service(Identity::JobQueued, &verifier, {
                let dependencies = dependencies.clone();
                move |crash_signal| {
                    job_queued::Handler::new(flow(Identity::JobQueued, &dependencies, crash_signal))
                }
            }),
            job_changed: self.service(Identity::JobChanged, &verifier, {
                let (dependencies, verifier) = (dependencies.clone(), verifier.clone());
                move |crash_signal| {
                    let flow = flow(Identity::JobChanged, &dependencies, crash_signal);
                    job_changed::Handler::new(settings.clone(), flow, verifier.clone())
                }
            }),
            maintenance_noticed: self.service(Identity::MaintenanceNoticed, &verifier, {
                let dependencies = dependencies.clone();
                move |crash_signal| {
                    let flow = flow(Identity::MaintenanceNoticed, &dependencies, crash_signal);
                    maintenance_noticed::Handler::new(dependencies.settings.clone(), flow)
                }
            }),
            project_provisioned: self.service(
                deployment::Identity::ProjectProvisioned,
                &verifier,
                {
                    let dependencies = dependencies.clone();
                    move |crash_signal| {
                        let identity = deployment::Identity::ProjectProvisioned;
                        let client = dependencies.client(identity, Some(crash_signal));
                        let ledger =
                            Ledger::new(client.clone(), dependencies.settings.database.clone());
                        let settings = project_settings(&dependencies.deployment);
                        let flow = account::Flow::new(client, ledger, settings);
                        project_provisioned::Handler::new(flow)
                    }
                },
            ),
            product_requested: self.service(deployment::Identity::ProductRequested, &verifier, {
                let dependencies = dependencies.clone();
                move |crash_signal| {
                    let identity = deployment::Identity::ProductRequested;
                    let client = dependencies.client(identity, Some(crash_signal));
                    let ledger =
                        Ledger::new(client.clone(), dependencies.settings.database.clone());
                    let publisher = Arc::new(RestPublisher::new(client.clone()));
                    let provisioned = dependencies.deployment.provisioned.clone();
                    let settings = product_settings(&dependencies.deployment);
                    let flow = product::Flow::new(client, ledger, publisher, provisioned, settings);
                    product_requested::Handler::new(flow)
                }
            }),
            sweep: self.service(Identity::Sweep, &verifier, {
                let products = self.deployment.products.clone();
                let provisioned = self.deployment.provisioned.clone();
                let changes = self.deployment.topics.changes.clone();
                move |crash_signal| {
                    let client = dependencies.client(Identity::Sweep, Some(crash_signal));
                    let ledger =
                        Ledger::new(client.clone(), dependencies.settings.database.clone());
                    let publisher = Arc::new(RestPublisher::new(client));
                    let deployments = account::Deployments::new(ledger.clone());
                    sweep::Handler::new(
                        jobs::Sweep::new(ledger.clone(), publisher.clone(), changes.clone()),
                        account::Sweep::new(deployments, publisher.clone(), provisioned.clone()),
                        product::Sweep::new(ledger, publisher, products.clone()),
                    )
                }
            }),
        }
    }

    fn service<F: Function>(
        &self,
        identity: impl Into<deployment::Identity>,
        verifier: &Arc<Verifier>,
        start: impl Fn(Arc<CrashSignal>) -> F + 'static,
    ) -> Service<F> {
        let client = self.dependencies().client(identity, None);
        let dead = self.deployment.topics.dead_letters.clone();
        Service {
            guard: PushAuthenticator::Push {
                audience: audience(&self.deployment, F::NAME),
                account: self.deployment.push_account.clone(),
                verifier: verifier.clone(),
            },
            dead_letters: DeadLetters::new(Arc::new(RestPublisher::new(client)), dead),
            start: Box::new(start),
            process: RefCell::default(),
        }
    }

    fn dependencies(&self) -> Dependencies {
        Dependencies {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            clock: self.clock.clone(),
            mutation: self.config.mutation,
            translation: self
                .config
                .translation
                .clone()
                .filter(|_| self.is_neighbour()),
            settings: self.deployment.settings.clone(),
            deployment: self.deployment.clone(),
        }
    }
}

/// The dependencies of a function's process.
#[derive(Clone)]
struct Dependencies {
    host: Arc<Host>,
    chaos: Arc<Chaos>,
    clock: Arc<dyn Clock>,
    mutation: Option<RequestMutation>,
    translation: Option<Translation>,
    settings: jobs::Settings,
    deployment: Deployment,
}

impl Dependencies {
    fn client(
        &self,
        identity: impl Into<deployment::Identity>,
        crash_signal: Option<Arc<CrashSignal>>,
    ) -> Client {
        let identity = identity.into();
        let transport = FaultyTransport {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            caller: identity.name().to_owned(),
            crash_signal,
            mutation: self.mutation,
        };
        let account = deployment::account(&self.deployment, identity);
        let tokens = PrincipalTokens {
            host: self.host.clone(),
            principal: Principal::service_account(account.as_str()),
        };
        let endpoints = Endpoints::local("http://cloud");
        let translation = self.translation.as_ref();
        Client::new(
            TranslatingTransport::of(Arc::new(transport), translation, Translated::Neighbour),
            Arc::new(tokens),
            endpoints,
            self.clock.clone(),
        )
    }
}

//! The functions, as processes of the world.

use super::{
    World,
    identity::{Direct, Tokens},
};
use crate::chaos::{Chaos, Death, Tamper, Wire};
use bytes::Bytes;
use gcp::{Client, Endpoints, RestPublisher, Transport};
use groundcrew::deployment::{self, Deployment, install, project, roles};
use http::{Request, Response};
use jobs::{Flow, calls::Identity};
use ledger::Ledger;
use names::{Clock, Timestamp};
use runtime::{DeadLetters, Function, PushAuthenticator, Verifier, dispatch};
use simulator::{Host, iam::Principal};
use std::{cell::RefCell, rc::Rc, sync::Arc};

pub(super) struct Services {
    pub(super) job_queued: Service<job_queued::Handler>,
    pub(super) job_changed: Service<job_changed::Handler>,
    pub(super) maintenance_noticed: Service<maintenance_noticed::Handler>,
    pub(super) project_provisioned: Service<project_provisioned::Handler>,
    pub(super) sweep: Service<sweep::Handler>,
}

/// A function, and how its process is started.
pub(super) struct Service<F> {
    guard: PushAuthenticator,
    dead_letters: DeadLetters,
    start: Box<dyn Fn(Arc<Death>) -> F>,
    process: RefCell<Option<Rc<Process<F>>>>,
}

struct Process<F> {
    function: F,
    death: Arc<Death>,
}

impl<F: Function> Service<F> {
    /// Delivers; `None` if the process died over it.
    pub(super) async fn deliver(
        &self,
        request: Request<Bytes>,
        now: Timestamp,
    ) -> Option<Response<Bytes>> {
        let process = self
            .process
            .borrow_mut()
            .get_or_insert_with(|| {
                let death = Arc::<Death>::default();
                let function = (self.start)(death.clone());
                Rc::new(Process { function, death })
            })
            .clone();
        tokio::select! {
            biased;
            () = process.death.wait() => {
                let mut current = self.process.borrow_mut();
                if current.as_ref().is_some_and(|c| Rc::ptr_eq(c, &process)) {
                    *current = None;
                }
                None
            }
            answer = dispatch(&process.function, &self.guard, &self.dead_letters, request, now) => Some(answer),
        }
    }
}

impl World {
    pub(super) fn services(&self) -> Services {
        let settings = self.deployment.settings.clone();
        let direct: Arc<dyn Transport> = Arc::new(Direct(self.host.clone()));
        let jwks = "http://cloud/oauth2/v3/certs";
        let verifier = Arc::new(Verifier::new(direct, jwks, self.clock.clone()));
        let (tools, decide) = (self.tools(), self.plan.decide);
        let flow = move |identity: Identity, tools: &Tools, death| {
            Flow::connect(&tools.settings, &tools.client(identity, Some(death)))
                .with_decision(decide)
        };
        Services {
            job_queued: self.service(Identity::JobQueued, &verifier, {
                let tools = tools.clone();
                move |death| job_queued::Handler::new(flow(Identity::JobQueued, &tools, death))
            }),
            job_changed: self.service(Identity::JobChanged, &verifier, {
                let (tools, verifier) = (tools.clone(), verifier.clone());
                move |death| {
                    let flow = flow(Identity::JobChanged, &tools, death);
                    job_changed::Handler::new(settings.clone(), flow, verifier.clone())
                }
            }),
            maintenance_noticed: self.service(Identity::MaintenanceNoticed, &verifier, {
                let tools = tools.clone();
                move |death| {
                    let flow = flow(Identity::MaintenanceNoticed, &tools, death);
                    maintenance_noticed::Handler::new(tools.settings.clone(), flow)
                }
            }),
            project_provisioned: self.service(
                deployment::Identity::ProjectProvisioned,
                &verifier,
                {
                    let tools = tools.clone();
                    move |death| {
                        let identity = deployment::Identity::ProjectProvisioned;
                        let client = tools.client(identity, Some(death));
                        let ledger = Ledger::new(client.clone(), tools.settings.database.clone());
                        let told = project::settings(&tools.deployment);
                        let flow = account::Flow::new(client, ledger, told);
                        project_provisioned::Handler::new(flow)
                    }
                },
            ),
            sweep: self.service(Identity::Sweep, &verifier, {
                let provisioned = self.deployment.provisioned.clone();
                let changes = self.deployment.topics.changes.clone();
                move |death| {
                    let client = tools.client(Identity::Sweep, Some(death));
                    let ledger = Ledger::new(client.clone(), tools.settings.database.clone());
                    let publisher = Arc::new(RestPublisher::new(client));
                    let deployments = account::Deployments::new(ledger.clone());
                    sweep::Handler::new(
                        jobs::Sweep::new(ledger, publisher.clone(), changes.clone()),
                        account::Sweep::new(deployments, publisher, provisioned.clone()),
                    )
                }
            }),
        }
    }

    fn service<F: Function>(
        &self,
        identity: impl Into<deployment::Identity>,
        verifier: &Arc<Verifier>,
        start: impl Fn(Arc<Death>) -> F + 'static,
    ) -> Service<F> {
        let client = self.tools().client(identity, None);
        let dead = self.deployment.topics.dead_letters.clone();
        Service {
            guard: PushAuthenticator::Push {
                audience: install::audience(&self.deployment, F::NAME),
                account: self.deployment.push_account.clone(),
                verifier: verifier.clone(),
            },
            dead_letters: DeadLetters::new(Arc::new(RestPublisher::new(client)), dead),
            start: Box::new(start),
            process: RefCell::default(),
        }
    }

    fn tools(&self) -> Tools {
        Tools {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            clock: self.clock.clone(),
            tamper: self.plan.tamper,
            settings: self.deployment.settings.clone(),
            deployment: self.deployment.clone(),
        }
    }
}

/// What a function's process is started with.
#[derive(Clone)]
struct Tools {
    host: Arc<Host>,
    chaos: Arc<Chaos>,
    clock: Arc<dyn Clock>,
    tamper: Option<Tamper>,
    settings: jobs::Settings,
    deployment: Deployment,
}

impl Tools {
    fn client(
        &self,
        identity: impl Into<deployment::Identity>,
        death: Option<Arc<Death>>,
    ) -> Client {
        let identity = identity.into();
        let wire = Wire {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            who: identity.name().to_owned(),
            death,
            tamper: self.tamper,
        };
        let account = roles::account(&self.deployment, identity);
        let tokens = Tokens {
            host: self.host.clone(),
            principal: Principal::service_account(account.as_str()),
        };
        let endpoints = Endpoints::local("http://cloud");
        Client::new(
            Arc::new(wire),
            Arc::new(tokens),
            endpoints,
            self.clock.clone(),
        )
    }
}

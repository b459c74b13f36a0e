//! What happens by itself: pushes, power, preemption and Cloud Scheduler.

use super::World;
use agent::decide::Input as MachineEvent;
use bytes::Bytes;
use http::{Request, Response};
use names::{Duration, Timestamp};
use serde_json::Value;
use simulator::{Cloud, Command};
use std::{collections::BTreeMap, rc::Rc};
use tokio::{sync::mpsc, time::sleep};

impl World {
    /// Carries out the commands of the simulator, which never acts by itself.
    pub(super) async fn run_commands(
        self: Rc<Self>,
        mut commands: mpsc::UnboundedReceiver<Command>,
    ) {
        while let Some(command) = commands.recv().await {
            match command {
                Command::Push {
                    delivery,
                    endpoint,
                    token,
                    body,
                    ..
                } => {
                    let world = self.world_at(&endpoint);
                    tokio::task::spawn_local(world.push(delivery, endpoint, token, body));
                }
                Command::PowerOn { instance } => self.world_of(&instance).power_on(&instance),
                Command::PowerButton { instance } => {
                    let world = self.world_of(&instance);
                    if let Some(machine) = world.machines.borrow().get(&instance) {
                        // A stopped guest does not react to the power button.
                        let _ = machine.events.send(MachineEvent::Shutdown);
                    }
                }
                Command::PowerOff { instance } => {
                    let world = self.world_of(&instance);
                    if let Some(machine) = world.machines.borrow_mut().remove(&instance) {
                        machine.task.abort();
                    }
                }
                Command::DeleteDisk { .. } => {}
            }
        }
    }

    async fn push(
        self: Rc<Self>,
        delivery: String,
        endpoint: String,
        token: Option<String>,
        body: Bytes,
    ) {
        let chaos = self.chaos.clone();
        sleep(chaos.latency()).await;
        if chaos.occurs(chaos.rates.redelivered) {
            // A copy that is delivered at any time, whose response is dropped.
            let (world, wait) = (self.clone(), chaos.long_delay());
            let (endpoint, token, body) = (endpoint.clone(), token.clone(), body.clone());
            tokio::task::spawn_local(async move {
                sleep(wait).await;
                world.deliver(&endpoint, token, body).await;
            });
            if chaos.dice.chance(500) {
                sleep(chaos.long_delay()).await;
            }
        }
        let response = self.deliver(&endpoint, token, body).await;
        let status = response.map(|response| response.status().as_u16());
        self.pushes.borrow_mut().push((endpoint, status));
        self.host
            .with(|cloud, now| cloud.pushed(&delivery, status, now));
    }

    async fn deliver(
        &self,
        endpoint: &str,
        token: Option<String>,
        body: Bytes,
    ) -> Option<Response<Bytes>> {
        let (function, path) = endpoint.rsplit_once('/').expect("a URL with a path");
        let mut request =
            Request::post(format!("/{path}")).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body).expect("a request");
        let services = self.services.get().expect("set in new");
        let now = self.now();
        let function = function.strip_prefix("http://").unwrap_or(function);
        match function
            .split_once('.')
            .map_or(function, |(function, _)| function)
        {
            "job-queued" => services.job_queued.deliver(request, now).await,
            "job-changed" => services.job_changed.deliver(request, now).await,
            "maintenance-noticed" => services.maintenance_noticed.deliver(request, now).await,
            "project-provisioned" => services.project_provisioned.deliver(request, now).await,
            "product-requested" => services.product_requested.deliver(request, now).await,
            "sweep" => services.sweep.deliver(request, now).await,
            _ => panic!("a push to {endpoint}, which is no function"),
        }
    }

    /// Every minute, disturbs instances.
    pub(super) async fn run_every_minute(self: Rc<Self>) {
        loop {
            sleep(Duration::from_secs(60)).await;
            self.disturb_machines();
            self.disturb_capacity();
        }
    }

    /// Publishes ticks, as Cloud Scheduler does.
    pub(super) async fn run_scheduler(self: Rc<Self>) {
        let topic = self.deployment.ticks.to_string();
        loop {
            sleep(self.config.tick).await;
            self.host
                .with(|cloud, now| publish(cloud, &topic, &Value::Null, now));
        }
    }
}

fn publish(cloud: &mut Cloud, topic: &str, data: &Value, now: Timestamp) {
    cloud
        .publish_from_system(topic, data.to_string().as_bytes(), BTreeMap::new(), now)
        .expect("the topic is there");
}

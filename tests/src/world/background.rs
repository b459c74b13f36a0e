//! What the cloud does by itself: it pushes, it powers, its clocks tick.

use super::World;
use agent::decide::Input as Happening;
use bytes::Bytes;
use http::{Request, Response};
use names::{Duration, Timestamp};
use serde_json::Value;
use simulator::{Cloud, Command};
use std::{collections::BTreeMap, rc::Rc};
use tokio::{sync::mpsc, time::sleep};

impl World {
    /// Carries out what the cloud gives to the world to do.
    pub(super) async fn obey(self: Rc<Self>, mut commands: mpsc::UnboundedReceiver<Command>) {
        while let Some(command) = commands.recv().await {
            match command {
                Command::Push {
                    delivery,
                    endpoint,
                    token,
                    body,
                    ..
                } => {
                    tokio::task::spawn_local(self.clone().push(delivery, endpoint, token, body));
                }
                Command::PowerOn { instance } => self.clone().power_on(&instance),
                Command::PowerButton { instance } => {
                    if let Some(powered) = self.machines.borrow().get(&instance) {
                        // A guest that has stopped hears no button.
                        let _ = powered.happens.send(Happening::Shutdown);
                    }
                }
                Command::PowerOff { instance } => {
                    if let Some(powered) = self.machines.borrow_mut().remove(&instance) {
                        powered.power.abort();
                    }
                }
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
        sleep(chaos.moment()).await;
        if chaos.strikes(chaos.mix.stray) {
            // A copy that comes whenever it comes; its answer goes nowhere.
            let (world, wait) = (self.clone(), chaos.long_while());
            let (endpoint, token, body) = (endpoint.clone(), token.clone(), body.clone());
            tokio::task::spawn_local(async move {
                sleep(wait).await;
                world.deliver(&endpoint, token, body).await;
            });
            if chaos.dice.chance(500) {
                sleep(chaos.long_while()).await;
            }
        }
        let answer = self.deliver(&endpoint, token, body).await;
        let status = answer.map(|answer| answer.status().as_u16());
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
        let mut request = Request::post("/").header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body).expect("a request");
        let services = self.services.get().expect("set in new");
        let now = self.now();
        match endpoint {
            "http://job-queued.function/" => services.job_queued.deliver(request, now).await,
            "http://job-changed.function/" => services.job_changed.deliver(request, now).await,
            "http://maintenance-noticed.function/" => {
                services.maintenance_noticed.deliver(request, now).await
            }
            "http://project-provisioned.function/" => {
                services.project_provisioned.deliver(request, now).await
            }
            "http://sweep.function/" => services.sweep.deliver(request, now).await,
            other => panic!("a push to {other}, where no function is"),
        }
    }

    /// What happens every minute: machines are preempted, and the log sink
    /// sends on.
    pub(super) async fn minutes(self: Rc<Self>) {
        let topic = self.deployment.maintenance.to_string();
        loop {
            sleep(Duration::from_secs(60)).await;
            self.preempt();
            self.host.with(|cloud, now| {
                for entry in cloud.take_log_entries() {
                    publish(cloud, &topic, &entry, now);
                }
            });
        }
    }

    /// Cloud Scheduler.
    pub(super) async fn ticks(self: Rc<Self>) {
        let topic = self.deployment.ticks.to_string();
        loop {
            sleep(self.plan.tick).await;
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

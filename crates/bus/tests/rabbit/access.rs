//! Who may do what: the definitions we ship, against a broker that enforces them.

use std::path::Path;

use jisr_bus::rabbit::{Login, Password, Role, definitions};
use jisr_bus::{Address, Bus, BusError, RabbitBus, RabbitOptions};
use jisr_core::name::DepartmentId;
use jisr_testkit::rabbitmq::RabbitMq;
use lapin::BasicProperties;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;

use crate::world::{department, id, message, next, raw};

const ADAPTER: &str = "jisr-adapter-municipality";

/// A broker with the definitions, where every user's password is `sesame`.
async fn broker() -> RabbitMq {
    tokio::task::spawn_blocking(|| {
        let broker = RabbitMq::start();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("definitions.json");
        let text = definitions("jisr", &[id("municipality"), id("economy")]).to_string();
        std::fs::write(&file, text).unwrap();
        broker.ctl(&["import_definitions", file.to_str().unwrap()]);
        for user in ["jisr-engine", ADAPTER] {
            broker.ctl(&["change_password", user, "sesame"]);
        }
        broker
    })
    .await
    .unwrap()
}

fn options(broker: &RabbitMq, username: &str, password: &str, role: Role) -> RabbitOptions {
    let login = Login::Password { username: username.into(), password: Password::new(password) };
    RabbitOptions::new(format!("{}/jisr", broker.address()), login, role)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adapter_can_do_what_it_must_and_nothing_else() {
    let broker = broker().await;
    let adapter = options(&broker, ADAPTER, "sesame", Role::Adapter(id("municipality")));

    // What it must. It may be there first: its queue comes with the engine.
    let theirs = RabbitBus::connect(adapter.clone()).await.unwrap();
    let own = department("municipality");
    let mut requests = theirs.consume(&own, 10).await.unwrap();
    let departments = vec![id("municipality"), id("economy")];
    let engine = options(&broker, "jisr-engine", "sesame", Role::Engine { departments });
    let ours = RabbitBus::connect(engine).await.unwrap();
    let mut replies = ours.consume(&Address::Engine, 10).await.unwrap();
    let publisher = ours.publisher().await.unwrap();
    publisher.publish(&own, message(1)).await.unwrap();
    publisher.publish(&own, message(2)).await.unwrap();
    let request = next(&mut requests).await;
    theirs.publisher().await.unwrap().publish(&Address::Engine, message(3)).await.unwrap();
    request.acknowledge();
    next(&mut requests).await.dead_letter("كود العملية غير معروف");
    let reply = next(&mut replies).await;
    assert_eq!((reply.message.attempt, reply.sender.as_ref()), (3, Some(&id("municipality"))));
    reply.acknowledge();
    let connection = raw(&format!("{}/jisr", broker.address()), "jisr-engine", "sesame").await;
    let look = connection.create_channel().await.unwrap();
    let dead = "jisr.department.municipality.dead";
    let found =
        || async { look.basic_get(dead.into(), lapin::options::BasicGetOptions { no_ack: true }).await.unwrap() };
    jisr_testkit::wait::until("the adapter's dead letter", crate::world::PATIENCE, found).await;

    // Our own end does not even try what an adapter must not.
    let wrong = |result: Result<(), BusError>| assert!(result.unwrap_err().to_string().contains("adapter"));
    wrong(theirs.consume(&department("economy"), 1).await.map(drop));
    wrong(theirs.consume(&Address::Engine, 1).await.map(drop));
    wrong(theirs.publisher().await.unwrap().publish(&own, message(4)).await.map(drop));

    // And the broker refuses it to whoever has its password.
    let connection = raw(&format!("{}/jisr", broker.address()), ADAPTER, "sesame").await;
    let consume = async |queue: &str| {
        let channel = connection.create_channel().await.unwrap();
        let options = BasicConsumeOptions::default();
        channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await.map(drop)
    };
    let publish = async |exchange: &str, key: &str, user: &str| {
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let properties = BasicProperties::default().with_user_id(user.into());
        let options = BasicPublishOptions::default();
        channel.basic_publish(exchange.into(), key.into(), options, b"", properties).await?.await.map(drop)
    };
    let refused = |result: lapin::Result<()>, code: &str| {
        let error = result.expect_err("the broker allows it").to_string();
        assert!(error.contains(code), "{error}");
    };
    for queue in ["jisr.department.economy", "jisr.replies", "jisr.unroutable", dead] {
        refused(consume(queue).await, "ACCESS_REFUSED");
    }
    refused(publish("jisr.to-department", "municipality", ADAPTER).await, "ACCESS_REFUSED");
    refused(publish("jisr.from-department", "economy.reply", ADAPTER).await, "ACCESS_REFUSED");
    refused(publish("jisr.from-department", "_engine.dead", ADAPTER).await, "ACCESS_REFUSED");
    refused(publish("", "jisr.replies", ADAPTER).await, "ACCESS_REFUSED");
    refused(publish("jisr.from-department", "municipality.reply", "jisr-engine").await, "PRECONDITION_FAILED");
    let channel = connection.create_channel().await.unwrap();
    let queue = channel.queue_declare("x".into(), QueueDeclareOptions::default(), FieldTable::default()).await;
    refused(queue.map(drop), "ACCESS_REFUSED");
    let channel = connection.create_channel().await.unwrap();
    let options = ExchangeDeclareOptions::default();
    let exchange = channel.exchange_declare("x".into(), lapin::ExchangeKind::Topic, options, FieldTable::default());
    refused(exchange.await, "ACCESS_REFUSED");

    // Who cannot log in is told so at once, and not kept waiting as in an outage.
    let stranger = options_of_a_stranger(&broker);
    let error = RabbitBus::connect(stranger).await.err().expect("a wrong password");
    assert!(error.to_string().contains("refuse"), "{error}");
}

fn options_of_a_stranger(broker: &RabbitMq) -> RabbitOptions {
    options(broker, ADAPTER, "open", Role::Adapter(id("municipality")))
}

/// After a new department: `cargo run -p jisr-bus --example rabbit-definitions > deploy/rabbitmq/definitions.json`.
#[test]
fn the_shipped_definitions_are_those_of_the_shipped_departments() {
    let deploy = jisr_testkit::repository().join("deploy");
    let departments = departments(&deploy.join("catalogue/departments"));
    let shipped = std::fs::read_to_string(deploy.join("rabbitmq/definitions.json")).unwrap();
    let made = format!("{:#}\n", definitions("jisr", &departments));
    assert_eq!(shipped, made);
}

fn departments(folder: &Path) -> Vec<DepartmentId> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| DepartmentId::new(entry.unwrap().path().file_stem().unwrap().to_str().unwrap()).unwrap())
        .collect();
    names.sort();
    names
}

"""Measures a controller that has settled: what a quiet cluster costs, how fast drift is healed, how soon a restart knows everything again, and memory.

usage: live.py TAFFRAIL KUBECONFIG AUDIT_LOG GIT_URL GIT_CA GIT_ROOT WORK OBJECTS MORE
"""
import base64, json, os, random, re, ssl, subprocess, sys, threading, time, urllib.parse, http.client

taffrail, kubeconfig, audit_log, git_url, git_ca, git_root, work = sys.argv[1:8]
apps, more = int(sys.argv[8]) // 4, int(sys.argv[9]) // 4
PER_ENVIRONMENT = 1000
QUIET = float(os.environ.get("QUIET_SECONDS", "60"))
EDITS = int(os.environ.get("EDITS", "200"))


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def sh(*words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def kubectl(*words, **more):
    return sh("kubectl", "--kubeconfig", kubeconfig, *words, **more)


class Server:
    """The API server, over one connection that stays."""

    def __init__(self):
        config = json.loads(kubectl("config", "view", "--raw", "--flatten", "-o", "json"))
        user, cluster = config["users"][0]["user"], config["clusters"][0]["cluster"]
        self.context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        self.headers = {}
        if "token" in user:
            self.headers["Authorization"] = "Bearer " + user["token"]
        else:
            for field in ("client-certificate", "client-key"):
                with open(f"{work}/{field}", "wb") as file:
                    file.write(base64.b64decode(user[field + "-data"]))
            self.context.load_cert_chain(f"{work}/client-certificate", f"{work}/client-key")
        self.address = urllib.parse.urlparse(cluster["server"])
        self.connection = None

    def open(self):
        return http.client.HTTPSConnection(self.address.hostname, self.address.port, context=self.context)

    def ask(self, method, path, body=None, kind="application/merge-patch+json"):
        self.connection = self.connection or self.open()
        headers = dict(self.headers, **({"Content-Type": kind} if body else {}))
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]}")
        return json.loads(text)


def manifests(first, count):
    for i in range(first, first + count):
        yield f"app-{i}", f"""apiVersion: v1
kind: ServiceAccount
metadata: {{name: app-{i}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: app-{i}}}
data: {{level: info, endpoint: "https://models.example.com/app-{i}", batch: "32"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{i}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: app-{i}}}}}
  template:
    metadata: {{labels: {{app: app-{i}}}}}
    spec:
      serviceAccountName: app-{i}
      containers:
      - name: app
        image: registry/app:1.0.0
        ports: [{{name: http, containerPort: 9898, protocol: TCP}}]
        resources: {{limits: {{memory: 512Mi}}, requests: {{cpu: 1m, memory: 64Mi}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: app-{i}}}
spec:
  rules:
  - host: app-{i}.local
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: app-{i}, port: {{number: 9898}}}}}}}}]}}
"""


def environment(number):
    return f"""apiVersion: taffrail.dev/v1alpha1
kind: Environment
metadata: {{name: e{number}, namespace: bench}}
spec: {{repositoryRef: {{name: m}}, path: e{number}, targetNamespace: bench, serviceAccountName: deployer, interval: 15s, timeout: 5m}}
"""


def commit(numbers):
    for number in numbers:
        folder = f"{work}/repo/e{number}"
        os.makedirs(folder, exist_ok=True)
        for name, text in manifests(number * PER_ENVIRONMENT, min(PER_ENVIRONMENT, apps + more - number * PER_ENVIRONMENT)):
            with open(f"{folder}/{name}.yaml", "w") as file:
                file.write(text)
    git = ["git", "-C", f"{work}/repo", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    sh(*git, "add", "-A")
    sh(*git, "commit", "-qm", "bench")
    sh("git", "-C", f"{work}/repo", "push", "-q", f"{git_root}/m.git", "HEAD:main")
    kubectl("apply", "-f", "-", input="---\n".join(environment(number) for number in numbers))


def start():
    return subprocess.Popen(
        [taffrail, "controller", "--kubeconfig", kubeconfig, "--log", f"{work}/log", "--key", f"{work}/key",
         "--data", f"{work}/data", "--begin-log", "--allow-local-repositories"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(f"{work}/notes", "a"))


def wait_until_ready(server, numbers, limit=1200):
    end = time.time() + limit
    for number in numbers:
        while True:
            status = server.ask("GET", f"/apis/taffrail.dev/v1alpha1/namespaces/bench/environments/e{number}").get("status", {})
            ready = [c for c in status.get("conditions", []) if c["type"] == "Ready"]
            if ready and ready[0]["status"] == "True":
                break
            if time.time() > end:
                raise SystemExit(f"e{number} is not ready: {ready}")
            time.sleep(0.5)


def cpu(pid):
    parts = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) * 1024


def requests(after):
    """What the controller asked, by the server's own audit log."""
    found = []
    with open(audit_log, encoding="utf-8") as file:
        file.seek(after)
        for line in file:
            if '"userAgent":"taffrail/' not in line or '"stage":"ResponseComplete"' not in line:
                continue
            event = json.loads(line)
            if event["verb"] not in ("watch",):
                found.append(f'{event["verb"]} {event["requestURI"]}')
    return found


def quiet(pid):
    time.sleep(20)
    place, before = os.path.getsize(audit_log), cpu(pid)
    time.sleep(QUIET)
    return requests(place), cpu(pid) - before


class Watch(threading.Thread):
    """When each ConfigMap had which level, as a watch tells."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.connection = server.open()
        path = "/api/v1/namespaces/bench/configmaps"
        version = server.ask("GET", path + "?limit=1")["metadata"]["resourceVersion"]
        self.connection.request("GET", f"{path}?watch=1&resourceVersion={version}&timeoutSeconds=3600", headers=server.headers)
        self.answer = self.connection.getresponse()
        self.seen, self.news = {}, threading.Condition()

    def run(self):
        for line in self.answer:
            now = time.perf_counter()
            event = json.loads(line)
            with self.news:
                object = event["object"]
                self.seen[object["metadata"]["name"]] = (object.get("data", {}).get("level"), now)
                self.news.notify_all()

    def wait(self, name, level, after, limit):
        with self.news:
            if not self.news.wait_for(lambda: self.seen.get(name, (None, 0))[0] == level and self.seen[name][1] > after, limit):
                raise SystemExit(f"{name} was not healed within {limit} s")
            return self.seen[name][1] - after


def edit(server, name, level="debug"):
    server.ask("PATCH", f"/api/v1/namespaces/bench/configmaps/{name}?fieldManager=intruder", {"data": {"level": level}})
    return time.perf_counter()


def drift(server):
    watch = Watch(server)
    watch.start()
    # Each object once: one that is changed back again and again is left alone after a while.
    names = random.Random(7).sample([f"app-{i}" for i in range(apps)], min(EDITS, apps))
    times = []
    for name in names:
        times.append(watch.wait(name, "info", edit(server, name), 30))
        time.sleep(random.uniform(0, 0.05))
    return sorted(times)


def stop(controller):
    controller.terminate()
    controller.wait(60)


def main():
    server = Server()
    results = []

    def result(name, value, unit, bar, **rest):
        results.append({"name": name, "value": round(value, 3), "unit": unit, "bar": bar, "pass": value <= bar, **rest})
        say(f"{name}: {value:.3f} {unit} (bar {bar})")

    kubectl("create", "namespace", "bench")
    kubectl("create", "serviceaccount", "deployer", "-n", "bench")
    kubectl("create", "rolebinding", "deployer", "-n", "bench", "--clusterrole=admin", "--serviceaccount=bench:deployer")
    kubectl("create", "secret", "generic", "git", "-n", "bench", f"--from-file=ca.crt={git_ca}")
    kubectl("apply", "-f", "-", input=f"""apiVersion: taffrail.dev/v1alpha1
kind: ConfigRepository
metadata: {{name: m, namespace: bench}}
spec: {{url: '{git_url}/m.git', ref: {{branch: main}}, interval: 10s, secretRef: {{name: git}}}}
""")
    sh("git", "init", "-q", "-b", "main", f"{work}/repo")
    first = list(range(0, (apps + PER_ENVIRONMENT - 1) // PER_ENVIRONMENT))
    say(f"{apps * 4} objects in {len(first)} Environments")
    commit(first)
    controller = start()
    begin = time.time()
    wait_until_ready(server, first)
    say(f"ready after {time.time() - begin:.1f} s")

    asked, used = quiet(controller.pid)
    per_look = used / max(1, QUIET / 15) / (apps * 4 / 1000)
    result("noop", len(asked), "requests", 0, asked=sorted(set(asked))[:10])
    result("noop-cpu", per_look * 1000, "ms per 1,000 objects and look", 50)
    small = resident(controller.pid)
    result("memory", small / 2**20, "MiB", 120)

    say(f"{EDITS} foreign edits, one after another")
    times = drift(server)
    result("drift", times[int(len(times) * 0.99) - 1] * 1000, "ms", 150, median=round(times[len(times) // 2] * 1000, 1))

    say("restart")
    time.sleep(3)
    stop(controller)
    place = os.path.getsize(audit_log)
    controller = start()
    begin = time.time()
    time.sleep(20)
    writes = [r for r in requests(place) if r.split()[0] not in ("get", "list")]
    result("restart-writes", len(writes), "writes", 0, asked=sorted(set(writes))[:10])
    stop(controller)
    # Nothing shows better that everything is known again than drift that is found.
    edit(server, "app-1")
    watch = Watch(server)
    watch.start()
    begin = time.perf_counter()
    controller = start()
    result("restart", watch.wait("app-1", "info", begin, 60), "s", 3)

    if more:
        second = list(range(len(first), (apps + more) // PER_ENVIRONMENT))
        say(f"{more * 4} objects more in {len(second)} Environments")
        commit(second)
        begin = time.time()
        wait_until_ready(server, second)
        say(f"ready after {time.time() - begin:.1f} s")
        time.sleep(30)
        result("memory-slope", (resident(controller.pid) - small) / (more * 4), "bytes per object", 1536,
               resident=round(resident(controller.pid) / 2**20, 1))
    stop(controller)
    print(json.dumps(results, indent=2))


main()

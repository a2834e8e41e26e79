// Real tools that ask for a token in words of their own, each against a server that lets nobody in without it.
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createToolWorld, missingTool, type Serve, type ToolWorld } from "./support/tool-world.js";

const text =
  (body: string, type = "text/plain"): Serve =>
  (_, response) =>
    void response.writeHead(200, { "Content-Type": type }).end(body);

function scoped(name: string, missing: string | undefined, tests: () => void): void {
  describe.skipIf(missing !== undefined)(missing === undefined ? name : `${name}: ${missing}`, tests);
}

const signOut = async ({ cli }: ToolWorld): Promise<void> => {
  expect(await cli.run(["logout"])).toMatchObject({ code: 0 });
};

const isAbsent = (seen: readonly (string | undefined)[]): boolean =>
  seen.every((value) => value === undefined);

scoped("git", missingTool("git", "sudo apt-get install git"), () => {
  const packet = (line: string): string => `${(line.length + 4).toString(16).padStart(4, "0")}${line}`;
  const id = "a".repeat(40);
  const serve = text(
    `${packet("# service=git-upload-pack\n")}0000${packet(`${id} refs/heads/main\0agent=test\n`)}0000`,
    "application/x-git-upload-pack-advertisement",
  );
  const list = (world: ToolWorld, helper = "loopkey") =>
    world.run(
      "git",
      ["-c", `credential.helper=${helper}`, "ls-remote", `${world.guarded.origin}/notes.git`],
      {
        GIT_TERMINAL_PROMPT: "0",
        GIT_ASKPASS: "",
        GIT_CONFIG_NOSYSTEM: "1",
      },
    );

  it("asks git-credential-loopkey, and is let in", async () => {
    const world = await createToolWorld({ serve, challenge: "Basic" });
    expect(await list(world)).toMatchObject({ code: 0, stdout: `${id}\trefs/heads/main\n` });
    const token = await world.token();
    const basic = Buffer.from(`oauth2:${token}`).toString("base64");
    expect([`Basic ${basic}`, `Bearer ${token}`]).toContain(world.guarded.seen.at(-1));
  });

  it("is set up by `loopkey setup git --write`, for that host alone", async () => {
    const world = await createToolWorld({ serve, challenge: "Basic" });
    await world.setup("git");
    const asked = ["ls-remote", `${world.guarded.origin}/notes.git`];
    expect(await world.run("git", asked, { GIT_TERMINAL_PROMPT: "0" })).toMatchObject({ code: 0 });
    expect((await world.run("git", ["config", "--global", "credential.helper"])).stdout).toBe("");
  });

  it("is told to stop where nobody is signed in, and asks the person for no user name", async () => {
    const world = await createToolWorld({ serve, challenge: "Basic" });
    await signOut(world);
    const { code, stderr } = await list(world);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Run "loopkey login".');
    expect(stderr).not.toMatch(/could not read Username|Username for/);
    expect(isAbsent(world.guarded.seen)).toBe(true);
  });

  it("gets nothing for a server that the profile does not name, and goes on by itself", async () => {
    const world = await createToolWorld({ serve, challenge: "Basic", named: false });
    const { code, stderr } = await list(world, "!loopkey credential git");
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/could not read Username/);
    expect(isAbsent(world.guarded.seen)).toBe(true);
  });
});

scoped("cargo", missingTool("cargo", "see https://rustup.rs"), () => {
  const serve: Serve = ({ url, headers }, response) => {
    if (url === "/index/config.json")
      return void response.end(JSON.stringify({ dl: `http://${headers.host}/dl`, "auth-required": true }));
    if (url !== "/index/de/mo/demo") return void response.writeHead(404).end();
    return void response.end(
      `${JSON.stringify({ name: "demo", vers: "1.0.0", deps: [], cksum: "0".repeat(64), features: {}, yanked: false })}\n`,
    );
  };
  async function lock(world: ToolWorld) {
    const crate = join(world.folder, "crate");
    await mkdir(join(crate, ".cargo"), { recursive: true });
    await mkdir(join(crate, "src"));
    await writeFile(join(crate, "src/lib.rs"), "");
    await writeFile(
      join(crate, "Cargo.toml"),
      '[package]\nname = "app"\nversion = "0.1.0"\n[dependencies]\ndemo = { version = "1", registry = "notes" }\n',
    );
    await writeFile(
      join(crate, ".cargo/config.toml"),
      `[registries.notes]\nindex = "sparse+${world.guarded.origin}/index/"\ncredential-provider = ["cargo-credential-loopkey", "--profile", "default"]\n`,
    );
    const env = {
      CARGO_HOME: join(world.folder, "cargo"),
      RUSTUP_HOME: process.env["RUSTUP_HOME"] ?? `${process.env["HOME"]}/.rustup`,
    };
    return world.run("sh", ["-c", "cd crate && cargo generate-lockfile"], env);
  }

  it("asks `loopkey credential cargo`, and reads the index", async () => {
    const world = await createToolWorld({ serve });
    const { code, stderr } = await lock(world);
    expect({ code }, stderr).toEqual({ code: 0 });
    expect(world.guarded.seen).toContain(`Bearer ${await world.token()}`);
  });

  it("says that there is no token where nobody is signed in, and why", async () => {
    const world = await createToolWorld({ serve });
    await signOut(world);
    const { code, stderr } = await lock(world);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Run "loopkey login".');
    expect(isAbsent(world.guarded.seen)).toBe(true);
  });
});

scoped(
  "go",
  missingTool("go", "see https://go.dev/dl") ?? missingTool("openssl", "sudo apt-get install openssl"),
  () => {
    const files: Readonly<Record<string, string>> = {
      list: "v1.2.3\n",
      "v1.2.3.info": '{"Version":"v1.2.3","Time":"2026-01-01T00:00:00Z"}',
      "v1.2.3.mod": "module example.com/notes\n",
    };
    const serve: Serve = ({ url = "" }, response) => {
      const body = files[url.replace("/example.com/notes/@v/", "")];
      response.writeHead(body === undefined ? 404 : 200).end(body);
    };
    const versions = ({ run, guarded, folder }: ToolWorld, goauth?: string) =>
      run("go", ["list", "-m", "-versions", "example.com/notes"], {
        ...(goauth === undefined ? {} : { GOAUTH: goauth }),
        GOPROXY: guarded.origin,
        GONOSUMDB: "*",
        GONOSUMCHECK: "1",
        GOFLAGS: "-mod=mod -modcacherw",
        GOPATH: join(folder, "go"),
        GOMODCACHE: join(folder, "go/mod"),
        GOTOOLCHAIN: "local",
        SSL_CERT_FILE: guarded.certificate,
      });

    it("is let in after a refusal, and from the start where the command says the host", async () => {
      const world = await createToolWorld({ serve, isTls: true });
      const listed = { code: 0, stdout: "example.com/notes v1.2.3\n" };
      const unbound = await versions(world, "loopkey credential goauth");
      expect(unbound, unbound.stderr).toMatchObject(listed);
      const bearer = `Bearer ${await world.token()}`;
      expect(world.guarded.seen.slice(0, 2)).toEqual([undefined, bearer]);
      const before = world.guarded.seen.length;
      const bound = `loopkey credential goauth --host ${world.guarded.host}`;
      expect(await versions(world, bound)).toMatchObject(listed);
      expect(world.guarded.seen[before]).toBe(bearer);
    });

    it("gets nothing where nobody is signed in, or the profile does not name the server", async () => {
      const world = await createToolWorld({ serve, isTls: true, named: false });
      expect((await versions(world, "loopkey credential goauth")).code).not.toBe(0);
      await signOut(world);
      expect((await versions(world, "loopkey credential goauth")).code).not.toBe(0);
      expect(isAbsent(world.guarded.seen)).toBe(true);
    });
  },
);

scoped("pnpm", missingTool("pnpm", "npm install --global pnpm@12"), () => {
  const serve = text(
    JSON.stringify({
      name: "demo",
      "dist-tags": { latest: "1.0.0" },
      versions: {
        "1.0.0": {
          name: "demo",
          version: "1.0.0",
          dist: { tarball: "http://127.0.0.1:1/demo.tgz", integrity: "sha512-AA==" },
        },
      },
    }),
    "application/json",
  );
  async function lock(world: ToolWorld) {
    await writeFile(join(world.folder, ".npmrc"), `registry=${world.guarded.origin}/\n`);
    await world.setup("pnpm");
    await mkdir(join(world.folder, "app"));
    await writeFile(join(world.folder, "app/package.json"), '{"name":"app","dependencies":{"demo":"1.0.0"}}');
    const env = {
      XDG_CACHE_HOME: join(world.folder, "cache"),
      XDG_DATA_HOME: join(world.folder, "data"),
    };
    return world.run("sh", ["-c", "cd app && pnpm install --lockfile-only --ignore-workspace"], {
      ...env,
      npm_config_cache: join(process.env["HOME"] ?? "", ".npm"),
    });
  }

  it("runs the tokenHelper that `loopkey setup pnpm --write` made, and is let in", async () => {
    const world = await createToolWorld({ serve });
    const { stdout, stderr } = await lock(world);
    expect(world.guarded.seen, stdout + stderr).toContain(`Bearer ${await world.token()}`);
  });
});

// CI does not have these: what they say is tested without them in packages/cli-adapter.

scoped("kubectl", missingTool("kubectl", "see https://kubernetes.io/docs/tasks/tools", false), () => {
  it("runs `loopkey credential kubectl`, and is let in", async () => {
    const world = await createToolWorld({ serve: text('{"major":"1"}', "application/json"), isTls: true });
    const { folder, guarded } = world;
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "notes",
      contexts: [{ name: "notes", context: { cluster: "notes", user: "ada" } }],
      clusters: [
        { name: "notes", cluster: { server: guarded.origin, "certificate-authority": guarded.certificate } },
      ],
      users: [
        {
          name: "ada",
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1",
              command: "loopkey",
              args: ["credential", "kubectl"],
              interactiveMode: "IfAvailable",
              provideClusterInfo: true,
            },
          },
        },
      ],
    };
    await writeFile(join(folder, "kubeconfig"), JSON.stringify(config));
    const asked = ["get", "--raw", "/version"];
    const { code, stderr } = await world.run("kubectl", asked, { KUBECONFIG: join(folder, "kubeconfig") });
    expect({ code }, stderr).toEqual({ code: 0 });
    expect(guarded.seen.at(-1)).toBe(`Bearer ${await world.token()}`);
  });
});

scoped("docker", missingTool("docker", "see https://docs.docker.com/engine/install", false), () => {
  it("asks docker-credential-loopkey, and shows what it gets", async () => {
    const world = await createToolWorld({ serve: text("{}", "application/json"), challenge: "Basic" });
    const { folder, guarded } = world;
    await mkdir(join(folder, ".docker"));
    const helpers = { credHelpers: { [guarded.host]: "loopkey" } };
    await writeFile(join(folder, ".docker/config.json"), JSON.stringify(helpers));
    const asked = ["manifest", "inspect", "--insecure", `${guarded.host}/notes:latest`];
    const { stderr } = await world.run("docker", asked);
    const basic = `Basic ${Buffer.from(`oauth2:${await world.token()}`).toString("base64")}`;
    expect(guarded.seen, stderr).toContain(basic);
  });
});

scoped(
  "terraform",
  missingTool("terraform", "see https://developer.hashicorp.com/terraform/install", false),
  () => {
    it("asks terraform-credentials-loopkey, and shows what it gets", async () => {
      const world = await createToolWorld({ serve: text("{}", "application/json"), isTls: true });
      const { folder, guarded } = world;
      const plugins = join(folder, ".terraform.d/plugins");
      await mkdir(plugins, { recursive: true });
      await symlink(
        join(folder, "bin/terraform-credentials-loopkey"),
        join(plugins, "terraform-credentials-loopkey"),
      );
      await writeFile(
        join(folder, ".terraformrc"),
        'credentials_helper "loopkey" {\n  args = ["--profile", "default"]\n}\n',
      );
      await mkdir(join(folder, "infra"));
      await writeFile(
        join(folder, "infra/main.tf"),
        `terraform {\n  required_providers {\n    notes = { source = "${guarded.host}/ada/notes" }\n  }\n}\n`,
      );
      const { stdout, stderr } = await world.run("terraform", ["-chdir=infra", "init", "-no-color"], {
        SSL_CERT_FILE: guarded.certificate,
        TF_CLI_CONFIG_FILE: join(folder, ".terraformrc"),
      });
      expect(guarded.seen, stdout + stderr).toContain(`Bearer ${await world.token()}`);
    });
  },
);

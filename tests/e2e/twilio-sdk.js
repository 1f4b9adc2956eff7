// What an application does with the Twilio SDK, against malgil; see the script beside it.
"use strict";
const assert = require("assert");
const http = require("http");
const { spawn } = require("child_process");
const twilio = require("twilio");

const { ACCOUNT, AUTH_TOKEN, TOKEN, API, HOOK, SIM, MALGIL } = process.env;
const NUMBER = "+821055550000";
const SHOPPER = "+821012345678";
const calls = []; // what we were called with
const waiting = [];

function client(user, password, options) {
	const c = twilio(user, password, options);
	c.api.baseUrl = API;
	return c;
}

// The application's own server: it checks every signature as an application would.
const server = http.createServer((request, response) => {
	let body = "";
	request.setEncoding("utf8");
	request.on("data", (part) => (body += part));
	request.on("end", () => {
		const params = Object.fromEntries(new URLSearchParams(body));
		const url = `http://127.0.0.1:${HOOK}${request.url}`;
		const signature = request.headers["x-twilio-signature"];
		const call = { path: request.url, params, headers: request.headers,
			valid: twilio.validateRequest(AUTH_TOKEN, signature, url, params),
			forged: twilio.validateRequest("another token", signature, url, params) };
		calls.push(call);
		response.setHeader("Content-Type", "text/xml");
		const answer = new twilio.twiml.MessagingResponse();
		if (request.url.startsWith("/sms"))
			answer.message(`you said <${params.Body}> & we heard`);
		response.end(answer.toString());
		waiting.splice(0).forEach((wake) => wake());
	});
});

async function until(what, found) {
	const stop = Date.now() + 15000;
	for (let result; ; ) {
		if ((result = found())) return result;
		const left = stop - Date.now();
		assert(left > 0, `never came: ${what}; calls: ${JSON.stringify(calls)}`);
		await Promise.race([new Promise((wake) => waiting.push(wake)),
			new Promise((wake) => setTimeout(wake, left).unref())]);
	}
}

async function refused(promise, status, code) {
	const error = await promise.then(
		() => assert.fail(`not refused: ${status} ${code}`), (e) => e);
	assert.strictEqual(error.status, status, error.message);
	assert.strictEqual(error.code, code, error.message);
	assert(error.message.length > 5 && error.moreInfo.includes(String(code)));
}

async function sending(c) {
	const message = await c.messages.create({ to: SHOPPER, from: NUMBER,
		body: "안녕하세요 👋 a&b=c +1", statusCallback: `http://127.0.0.1:${HOOK}/status?a=1` });
	assert.match(message.sid, /^SM[0-9a-f]{32}$/);
	assert.strictEqual(message.accountSid, ACCOUNT);
	assert.strictEqual(message.to, SHOPPER);
	assert.strictEqual(message.from, NUMBER);
	assert.strictEqual(message.direction, "outbound-api");
	assert.strictEqual(message.numSegments, "1");
	assert.strictEqual(message.errorCode, null);
	assert(Math.abs(message.dateCreated - Date.now()) < 60000);
	const mine = (status) => () => calls.find(
		(c) => c.params.MessageSid === message.sid && c.params.MessageStatus === status);
	for (const status of ["queued", "sent", "delivered"]) {
		const call = await until(`status ${status}`, mine(status));
		assert(call.valid && !call.forged, "the SDK does not accept the signature");
		assert.strictEqual(call.params.AccountSid, ACCOUNT);
		assert.strictEqual(call.params.To, SHOPPER);
	}
	const order = calls.filter((c) => c.params.MessageSid === message.sid)
		.map((c) => c.params.MessageStatus);
	assert.deepStrictEqual(order, ["queued", "sent", "delivered"]);
	const again = await c.messages(message.sid).fetch();
	assert.strictEqual(again.status, "delivered");
	assert.strictEqual(again.body, message.body);
	assert(again.dateSent instanceof Date && !isNaN(again.dateSent));
	return message.sid;
}

async function listing(c) {
	for (let i = 0; i < 5; i++)
		await c.messages.create({ to: "+82109999888" + i, messagingServiceSid:
			"MG0123456789abcdef0123456789abcdef", body: `number ${i}` });
	const all = await c.messages.list({ pageSize: 2 });
	assert(all.length >= 6, `${all.length} listed`);
	assert.strictEqual(new Set(all.map((m) => m.sid)).size, all.length);
	assert.deepStrictEqual(all.slice(0, 5).map((m) => m.body),
		[4, 3, 2, 1, 0].map((i) => `number ${i}`));
	assert.strictEqual((await c.messages.list({ limit: 3, pageSize: 2 })).length, 3);
	const to = await c.messages.list({ to: "+821099998882" });
	assert.deepStrictEqual(to.map((m) => m.body), ["number 2"]);
	const from = await c.messages.list({ from: NUMBER, to: SHOPPER });
	assert(from.length >= 1 && from.every((m) => m.to === SHOPPER));
	assert.deepStrictEqual(await c.messages.list({ to: SHOPPER, from: "+821000000000" }), []);
	const hour = 3600 * 1000, now = Date.now();
	assert.strictEqual((await c.messages.list(
		{ dateSentAfter: new Date(now - hour) })).length, all.length);
	assert.deepStrictEqual(
		await c.messages.list({ dateSentBefore: new Date(now - hour) }), []);
	const page = await c.messages.page({ pageSize: 2 });
	assert.strictEqual((await page.nextPage()).instances.length, 2);
}

async function changing(c, sid) {
	const later = await c.messages.create({ to: SHOPPER, body: "later",
		messagingServiceSid: "MG0123456789abcdef0123456789abcdef",
		scheduleType: "fixed", sendAt: new Date(Date.now() + 3600 * 1000) });
	assert.strictEqual(later.status, "scheduled");
	const canceled = await c.messages(later.sid).update({ status: "canceled" });
	assert.strictEqual(canceled.status, "canceled");
	await refused(c.messages(later.sid).update({ status: "canceled" }), 409, 20009);
	const blanked = await c.messages(sid).update({ body: "" });
	assert.strictEqual(blanked.body, "");
	await refused(c.messages(sid).remove(), 405, 20004);
	await refused(c.messages("SM" + "0".repeat(31) + "7").fetch(), 404, 20404);
}

async function refusing(c) {
	await refused(c.messages.create({ to: "12", from: NUMBER, body: "x" }), 400, 21211);
	await refused(c.messages.create({ from: NUMBER, body: "x" , to: "" }), 400, 21604);
	await refused(c.messages.create({ to: SHOPPER, from: "+15550001111", body: "x" }), 400, 21606);
	await refused(c.messages.create({ to: SHOPPER, body: "x" }), 400, 21603);
	await refused(c.messages.create({ to: SHOPPER, from: NUMBER }), 400, 21602);
	await refused(c.messages.create({ to: SHOPPER, from: NUMBER, body: "x".repeat(1601) }),
		400, 21617);
	await refused(c.messages.create({ to: SHOPPER, from: NUMBER, body: "x",
		mediaUrl: ["https://x.example/a.png"] }), 400, 21620);
	await refused(c.messages.create({ to: SHOPPER, from: NUMBER, body: "x",
		statusCallback: "nowhere" }), 400, 21609);
	await refused(client(ACCOUNT, "wrong").messages.list(), 401, 20003);
	await refused(client("AC" + "9".repeat(32), AUTH_TOKEN).messages.list(), 401, 20003);
}

function text(from, body) {
	const phone = spawn(MALGIL, ["sim", "phone", "--dir", SIM, "--number", from,
		"--to", "modem0"], { stdio: ["pipe", "pipe", "inherit"] });
	phone.heard = "";
	phone.stdout.on("data", (part) => {
		phone.heard += part;
		waiting.splice(0).forEach((wake) => wake());
	});
	phone.stdin.write(body + "\n");
	return phone;
}

async function hearing(c) {
	const phone = text(SHOPPER, "언제 와요? 1+1=2");
	const call = await until("an inbound call", () => calls.find((c) => c.path.startsWith("/sms")));
	assert(call.valid && !call.forged, "the SDK does not accept the signature");
	assert.strictEqual(call.params.Body, "언제 와요? 1+1=2");
	assert.strictEqual(call.params.From, SHOPPER);
	assert.strictEqual(call.params.To, NUMBER);
	assert.strictEqual(call.params.SmsStatus, "received");
	await until("the reply on the handset",
		() => phone.heard.includes("you said <언제 와요? 1+1=2> & we heard"));
	phone.kill();
	const received = await c.messages(call.params.MessageSid).fetch();
	assert.strictEqual(received.status, "received");
	assert.strictEqual(received.direction, "inbound");
	const [reply] = await c.messages.list({ to: SHOPPER, limit: 1 });
	assert.strictEqual(reply.direction, "outbound-reply");
	// Who said stop is not written to.
	const stop = text("+821044443333", "STOP");
	await until("the stop", () => stop.heard.length > 0);
	stop.kill();
}

async function main() {
	server.listen(Number(HOOK), "127.0.0.1");
	const c = client(ACCOUNT, AUTH_TOKEN);
	const sid = await sending(c);
	await listing(c);
	await changing(c, sid);
	await refusing(c);
	await hearing(c);
	// An API key: any name, and a token of malgil's.
	const key = client("SK" + "1".repeat(32), TOKEN, { accountSid: ACCOUNT });
	assert((await key.messages.list({ limit: 1 })).length === 1);
	assert(calls.every((call) => call.valid), "a signature was not accepted");
	server.closeAllConnections();
	server.close();
}

main().catch((error) => {
	console.log("FAILED:", error);
	process.exit(1);
});

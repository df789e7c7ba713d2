/** Opens the study page of a running service, tells what stands in its report, and again when that has changed. */
import process from "node:process";
import { chromium } from "playwright-core";

const { url, name, password, picture } = JSON.parse(process.argv[2]);
const DOWN_PX = 400;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en" });
const faults = [];
const page = await context.newPage();
page.setDefaultTimeout(20_000);
page.on("console", (said) => said.type() === "error" && faults.push(said.text()));
page.on("pageerror", (error) => faults.push(String(error)));
await context.request.post(`${url}/v1/operator/login`, { data: { name, password }, headers: { "x-telltale": "studio" } });
await page.goto(`${url}/studio/#/study`);

const frame = page.frameLocator(".report iframe");
const looks = async () => {
  const inside = page.frames().find((one) => one.url().includes("/reports/"));
  return {
    heading: await page.locator("h1").first().innerText(),
    address: inside.url(),
    title: await frame.locator("h1").innerText(),
    answer: await frame.locator(".first").innerText(),
    figures: await frame.locator("figure svg").count(),
    down_px: await inside.evaluate(() => window.scrollY),
  };
};
await frame.getByText("Running; last written").waitFor();
await page.frames().find((one) => one.url().includes("/reports/")).evaluate((down) => window.scrollTo(0, down), DOWN_PX);
console.log(JSON.stringify(await looks()));
await frame.getByText("Ended at").waitFor();
await page.waitForTimeout(200);
console.log(JSON.stringify({ ...(await looks()), faults }));
if (picture) await page.screenshot({ path: picture });
await browser.close();

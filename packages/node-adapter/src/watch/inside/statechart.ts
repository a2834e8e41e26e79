// Written by `pnpm diagrams`, from the machine: the chart of the live view.
export const statechart = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2294 2057" width="2294" height="2057" role="img" aria-label="The states of a session">
<title>The states of a session</title>
<style>svg{--paper:#fbfbfa;--box:#fff;--whole:#f3f4f6;--line:#c9ced6;--ink:#1b1f27;--soft:#687080;--arrow:#8b93a3;--failed:#c2793a;--on:#2458d3;--on-ink:#fff}@media (prefers-color-scheme:dark){svg{--paper:#14171c;--box:#20252d;--whole:#1a1e25;--line:#3b424e;--ink:#eef0f4;--soft:#9aa3b2;--arrow:#7b8494;--failed:#d99a5b;--on:#6c9bff;--on-ink:#0d1424}}.paper{fill:var(--paper)}.state rect{fill:var(--box);stroke:var(--line);stroke-width:1.2}.whole>rect{fill:var(--whole)}text{font-family:Inter, 'Segoe UI', system-ui, -apple-system, 'Helvetica Neue', Arial, sans-serif;text-anchor:middle}.name{font-size:15px;font-weight:600;fill:var(--ink)}.actor{font-size:12px;fill:var(--soft)}.label{font-size:12px;fill:var(--soft);paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}.arrow{fill:none;stroke:var(--arrow);stroke-width:1.3;marker-end:url(#head)}.arrow.failed{stroke-dasharray:4 3;stroke:var(--failed)}.head{fill:var(--arrow)}.start{fill:var(--ink)}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="head" d="M0.5 1 7 4 0.5 7z"/></marker></defs>
<rect class="paper" width="2294" height="2057" rx="14"/>
<circle class="start" cx="2113.5" cy="33" r="6"/>
<g class="state" data-state="restoring"><rect x="2060" y="70" width="107" height="43" rx="9"/><text class="name" x="2113.5" y="89">restoring</text><text class="actor" x="2113.5" y="105">readStore</text></g>
<g class="state" data-state="idle"><rect x="1458" y="225" width="96" height="34" rx="9"/><text class="name" x="1506" y="247">idle</text></g>
<g class="state whole" data-state="awaiting-callback"><rect x="58" y="363" width="1443" height="240.9" rx="12"/><text class="name" x="779.5" y="388">awaiting-callback</text><text class="actor" x="779.5" y="404">listenForRedirect</text><text class="actor" x="779.5" y="419">reviewStored</text><text class="actor" x="779.5" y="434">awaitDeadline</text></g>
<g class="state" data-state="awaiting-callback.probing"><rect x="76" y="527.2" width="112" height="43" rx="9"/><text class="name" x="132" y="546.2">probing</text><text class="actor" x="132" y="562.2">probeKeeping</text></g>
<g class="state" data-state="awaiting-callback.discovering"><rect x="214" y="527.2" width="126" height="43" rx="9"/><text class="name" x="277" y="546.2">discovering</text><text class="actor" x="277" y="562.2">discoverServer</text></g>
<g class="state" data-state="awaiting-callback.binding"><rect x="376" y="538.8" width="96" height="34" rx="9"/><text class="name" x="424" y="560.8">binding</text></g>
<g class="state" data-state="awaiting-callback.requesting"><rect x="498" y="534.3" width="115" height="43" rx="9"/><text class="name" x="555.5" y="553.3">requesting</text><text class="actor" x="555.5" y="569.3">buildRequest</text></g>
<g class="state" data-state="awaiting-callback.opening"><rect x="649" y="471" width="105" height="43" rx="9"/><text class="name" x="701.5" y="490">opening</text><text class="actor" x="701.5" y="506">openBrowser</text></g>
<g class="state" data-state="awaiting-callback.waiting"><rect x="790" y="534.3" width="140" height="43" rx="9"/><text class="name" x="860" y="553.3">waiting</text><text class="actor" x="860" y="569.3">keepRequestFresh</text></g>
<g class="state" data-state="awaiting-callback.requestingDeviceCode"><rect x="1105" y="505.6" width="202" height="43" rx="9"/><text class="name" x="1206" y="524.6">requestingDeviceCode</text><text class="actor" x="1206" y="540.6">requestDeviceCode</text></g>
<g class="state" data-state="awaiting-callback.device"><rect x="1343" y="527.9" width="140" height="58" rx="9"/><text class="name" x="1413" y="546.9">device</text><text class="actor" x="1413" y="562.9">keepRequestFresh</text><text class="actor" x="1413" y="577.9">awaitApproval</text></g>
<g class="state whole" data-state="exchanging"><rect x="779.8" y="697.9" width="288" height="120" rx="12"/><text class="name" x="923.8" y="722.9">exchanging</text><text class="actor" x="923.8" y="738.9">answerBrowser</text></g>
<g class="state" data-state="exchanging.redeeming"><rect x="797.8" y="756.9" width="107" height="43" rx="9"/><text class="name" x="851.3" y="775.9">redeeming</text><text class="actor" x="851.3" y="791.9">redeemCode</text></g>
<g class="state" data-state="exchanging.saving"><rect x="930.8" y="756.9" width="119" height="43" rx="9"/><text class="name" x="990.3" y="775.9">saving</text><text class="actor" x="990.3" y="791.9">saveUnderLock</text></g>
<g class="state" data-state="givingUp"><rect x="315" y="897.9" width="98" height="34" rx="9"/><text class="name" x="364" y="919.9">givingUp</text></g>
<g class="state" data-state="authenticated"><rect x="1141.4" y="979.9" width="142" height="43" rx="9"/><text class="name" x="1212.4" y="998.9">authenticated</text><text class="actor" x="1212.4" y="1014.9">awaitRefresh</text></g>
<g class="state" data-state="reviewing"><rect x="430.2" y="1253.4" width="107" height="43" rx="9"/><text class="name" x="483.7" y="1272.4">reviewing</text><text class="actor" x="483.7" y="1288.4">readStore</text></g>
<g class="state whole" data-state="refreshing"><rect x="648.2" y="1172.9" width="1483" height="365" rx="12"/><text class="name" x="1389.7" y="1197.9">refreshing</text><text class="actor" x="1389.7" y="1213.9">holdLock</text></g>
<g class="state" data-state="refreshing.locking"><rect x="666.2" y="1241.4" width="96" height="34" rx="9"/><text class="name" x="714.2" y="1263.4">locking</text></g>
<g class="state" data-state="refreshing.reconciling"><rect x="856.2" y="1236.9" width="124" height="43" rx="9"/><text class="name" x="918.2" y="1255.9">reconciling</text><text class="actor" x="918.2" y="1271.9">readStore</text></g>
<g class="state" data-state="refreshing.approaching"><rect x="1006.2" y="1241.4" width="124" height="34" rx="9"/><text class="name" x="1068.2" y="1263.4">approaching</text></g>
<g class="state" data-state="refreshing.checkingPath"><rect x="1214.2" y="1292.9" width="133" height="43" rx="9"/><text class="name" x="1280.7" y="1311.9">checkingPath</text><text class="actor" x="1280.7" y="1327.9">checkPath</text></g>
<g class="state" data-state="refreshing.preparing"><rect x="1383.2" y="1300.1" width="107" height="43" rx="9"/><text class="name" x="1436.7" y="1319.1">preparing</text><text class="actor" x="1436.7" y="1335.1">prepareSave</text></g>
<g class="state" data-state="refreshing.requesting"><rect x="1526.2" y="1307.2" width="126" height="43" rx="9"/><text class="name" x="1589.2" y="1326.2">requesting</text><text class="actor" x="1589.2" y="1342.2">refreshSession</text></g>
<g class="state" data-state="refreshing.askingAgain"><rect x="1700.2" y="1470.3" width="124" height="43" rx="9"/><text class="name" x="1762.2" y="1489.3">askingAgain</text><text class="actor" x="1762.2" y="1505.3">awaitRefresh</text></g>
<g class="state" data-state="refreshing.judging"><rect x="1709.5" y="1231.9" width="96" height="43" rx="9"/><text class="name" x="1757.5" y="1250.9">judging</text><text class="actor" x="1757.5" y="1266.9">readStore</text></g>
<g class="state" data-state="refreshing.comparing"><rect x="1705.9" y="1399.2" width="107" height="43" rx="9"/><text class="name" x="1759.4" y="1418.2">comparing</text><text class="actor" x="1759.4" y="1434.2">readStore</text></g>
<g class="state" data-state="refreshing.marking"><rect x="1860.2" y="1399.2" width="105" height="43" rx="9"/><text class="name" x="1912.7" y="1418.2">marking</text><text class="actor" x="1912.7" y="1434.2">markSession</text></g>
<g class="state" data-state="refreshing.persisting"><rect x="1706.2" y="1302.9" width="115" height="43" rx="9"/><text class="name" x="1763.7" y="1321.9">persisting</text><text class="actor" x="1763.7" y="1337.9">saveSession</text></g>
<g class="state" data-state="refreshing.pausing"><rect x="2001.2" y="1302.9" width="112" height="43" rx="9"/><text class="name" x="2057.2" y="1321.9">pausing</text><text class="actor" x="2057.2" y="1337.9">awaitRefresh</text></g>
<g class="state" data-state="refreshing.ending"><rect x="1860.2" y="1231.9" width="98" height="43" rx="9"/><text class="name" x="1909.2" y="1250.9">ending</text><text class="actor" x="1909.2" y="1266.9">clearStore</text></g>
<g class="state whole" data-state="logging-out"><rect x="525.2" y="1617.9" width="926" height="159" rx="12"/><text class="name" x="988.2" y="1642.9">logging-out</text><text class="actor" x="988.2" y="1658.9">holdLock</text></g>
<g class="state" data-state="logging-out.locking"><rect x="543.2" y="1715.2" width="96" height="34" rx="9"/><text class="name" x="591.2" y="1737.2">locking</text></g>
<g class="state" data-state="logging-out.reconciling"><rect x="771.2" y="1676.9" width="124" height="43" rx="9"/><text class="name" x="833.2" y="1695.9">reconciling</text><text class="actor" x="833.2" y="1711.9">readStore</text></g>
<g class="state" data-state="logging-out.revoking"><rect x="931.2" y="1709.2" width="112" height="43" rx="9"/><text class="name" x="987.2" y="1728.2">revoking</text><text class="actor" x="987.2" y="1744.2">revokeTokens</text></g>
<g class="state" data-state="logging-out.deciding"><rect x="1069.2" y="1713.7" width="98" height="34" rx="9"/><text class="name" x="1118.2" y="1735.7">deciding</text></g>
<g class="state" data-state="logging-out.clearing"><rect x="1203.2" y="1714.9" width="98" height="43" rx="9"/><text class="name" x="1252.2" y="1733.9">clearing</text><text class="actor" x="1252.2" y="1749.9">clearStore</text></g>
<g class="state" data-state="logging-out.leaving"><rect x="1337.2" y="1713.7" width="96" height="34" rx="9"/><text class="name" x="1385.2" y="1735.7">leaving</text></g>
<g class="state" data-state="visiting"><rect x="767.4" y="1806.9" width="133" height="58" rx="9"/><text class="name" x="833.9" y="1825.9">visiting</text><text class="actor" x="833.9" y="1841.9">visitEndSession</text><text class="actor" x="833.9" y="1856.9">awaitDeadline</text></g>
<g class="state" data-state="logged-out"><rect x="776.4" y="1996.9" width="115" height="34" rx="9"/><text class="name" x="833.9" y="2018.9">logged-out</text></g>
<path class="arrow" data-from="awaiting-callback.probing" data-to="awaiting-callback.discovering" d="M188 548.7L214 548.7"/>
<path class="arrow" data-from="awaiting-callback.discovering" data-to="awaiting-callback.requestingDeviceCode" d="M340 541.5L351 541.5Q358 541.5 358 534.5L358 459Q358 452 365 452L1080 452Q1087 452 1087 459L1087 507.2Q1087 514.2 1094 514.2L1105 514.2"/>
<path class="arrow" data-from="awaiting-callback.discovering" data-to="awaiting-callback.binding" d="M340 555.8L376 555.8"/>
<path class="arrow" data-from="awaiting-callback.binding" data-to="awaiting-callback.requesting" d="M472 555.8L498 555.8"/>
<path class="arrow" data-from="awaiting-callback.requesting" data-to="awaiting-callback.opening" d="M613 548.7L624 548.7Q631 548.7 631 541.7L631 499.5Q631 492.5 638 492.5L649 492.5"/>
<path class="arrow" data-from="awaiting-callback.requesting" data-to="awaiting-callback.waiting" d="M613 563L790 563"/>
<path class="arrow" data-from="awaiting-callback.opening" data-to="awaiting-callback.requestingDeviceCode" d="M754 485.3L1068 485.3Q1075 485.3 1075 492.3L1075 515.8Q1075 522.8 1082 522.8L1105 522.8"/>
<path class="arrow" data-from="awaiting-callback.opening" data-to="awaiting-callback.waiting" d="M754 499.7L765 499.7Q772 499.7 772 506.7L772 541.7Q772 548.7 779 548.7L790 548.7"/>
<path class="arrow" data-from="awaiting-callback.waiting" data-to="awaiting-callback.requestingDeviceCode" d="M930 545.1L941 545.1Q948 545.1 948 538.2L948 538.2Q948 531.4 955 531.4L1105 531.4"/>
<path class="arrow" data-from="awaiting-callback.requestingDeviceCode" data-to="awaiting-callback.device" d="M1307 527.1L1318 527.1Q1325 527.1 1325 534.1L1325 540.3Q1325 547.3 1332 547.3L1343 547.3"/>
<path class="arrow failed" data-from="awaiting-callback.requestingDeviceCode" data-to="awaiting-callback.waiting" d="M1105 540L1082 540Q1075 540 1075 546.8L1075 546.8Q1075 553.6 1068 553.6L955 553.6Q948 553.6 948 554.7L948 554.7Q948 555.8 941 555.8L930 555.8"/>
<path class="arrow failed" data-from="awaiting-callback.device" data-to="awaiting-callback.waiting" d="M1343 566.6L930 566.6"/>
<path class="arrow" data-from="exchanging.redeeming" data-to="exchanging.saving" d="M904.8 778.4L930.8 778.4"/>
<path class="arrow" data-from="refreshing.locking" data-to="refreshing.reconciling" d="M762.2 1258.4L856.2 1258.4"/>
<path class="arrow" data-from="refreshing.reconciling" data-to="refreshing.approaching" d="M980.2 1258.4L1006.2 1258.4"/>
<path class="arrow" data-from="refreshing.approaching" data-to="refreshing.checkingPath" d="M1130.2 1251.1L1189.2 1251.1Q1196.2 1251.1 1196.2 1258.1L1196.2 1307.4Q1196.2 1314.4 1203.2 1314.4L1214.2 1314.4"/>
<path class="arrow" data-from="refreshing.approaching" data-to="refreshing.preparing" d="M1130.2 1256L1177.2 1256Q1184.2 1256 1184.2 1263L1184.2 1346.9Q1184.2 1353.9 1191.2 1353.9L1358.2 1353.9Q1365.2 1353.9 1365.2 1346.9L1365.2 1335.7Q1365.2 1328.7 1372.2 1328.7L1383.2 1328.7"/>
<path class="arrow" data-from="refreshing.checkingPath" data-to="refreshing.preparing" d="M1347.2 1314.4L1383.2 1314.4"/>
<path class="arrow" data-from="refreshing.preparing" data-to="refreshing.requesting" d="M1490.2 1321.5L1526.2 1321.5"/>
<path class="arrow" data-from="refreshing.requesting" data-to="refreshing.persisting" d="M1652.2 1324.4L1706.2 1324.4"/>
<path class="arrow failed" data-from="refreshing.requesting" data-to="refreshing.judging" d="M1652.2 1315.8L1663.2 1315.8Q1670.2 1315.8 1670.2 1308.8L1670.2 1267.6Q1670.2 1260.6 1677.2 1260.6L1709.5 1260.6"/>
<path class="arrow failed" data-from="refreshing.requesting" data-to="refreshing.comparing" d="M1652.2 1333L1675.2 1333Q1682.2 1333 1682.2 1340L1682.2 1406.6Q1682.2 1413.6 1689.2 1413.6L1705.9 1413.6"/>
<path class="arrow failed" data-from="refreshing.requesting" data-to="refreshing.approaching" d="M1526.2 1335.9L1515.2 1335.9Q1508.2 1335.9 1508.2 1342.9L1508.2 1359.9Q1508.2 1366.9 1501.2 1366.9L1179.2 1366.9Q1172.2 1366.9 1172.2 1359.9L1172.2 1267.8Q1172.2 1260.8 1165.2 1260.8L1130.2 1260.8"/>
<path class="arrow failed" data-from="refreshing.requesting" data-to="refreshing.askingAgain" d="M1652.2 1341.6L1663.2 1341.6Q1670.2 1341.6 1670.2 1348.6L1670.2 1477.6Q1670.2 1484.6 1677.2 1484.6L1700.2 1484.6"/>
<path class="arrow" data-from="refreshing.askingAgain" data-to="refreshing.approaching" d="M1700.2 1498.9L1155.2 1498.9Q1148.2 1498.9 1148.2 1491.9L1148.2 1277.5Q1148.2 1270.5 1141.2 1270.5L1130.2 1270.5"/>
<path class="arrow" data-from="refreshing.judging" data-to="refreshing.ending" d="M1805.5 1253.4L1860.2 1253.4"/>
<path class="arrow" data-from="refreshing.judging" data-to="refreshing.approaching" d="M1709.5 1246.2L1130.2 1246.2"/>
<path class="arrow" data-from="refreshing.comparing" data-to="refreshing.marking" d="M1812.9 1420.7L1860.2 1420.7"/>
<path class="arrow" data-from="refreshing.comparing" data-to="refreshing.approaching" d="M1705.9 1427.9L1167.2 1427.9Q1160.2 1427.9 1160.2 1420.9L1160.2 1272.7Q1160.2 1265.7 1153.2 1265.7L1130.2 1265.7"/>
<path class="arrow failed" data-from="refreshing.persisting" data-to="refreshing.pausing" d="M1821.2 1317.2L2001.2 1317.2"/>
<path class="arrow" data-from="refreshing.pausing" data-to="refreshing.persisting" d="M2001.2 1331.6L1990.2 1331.6Q1983.2 1331.6 1983.2 1333.9L1983.2 1333.9Q1983.2 1336.2 1976.2 1336.2L1849.2 1336.2Q1842.2 1336.2 1842.2 1333.9L1842.2 1333.9Q1842.2 1331.6 1835.2 1331.6L1821.2 1331.6"/>
<path class="arrow" data-from="logging-out.locking" data-to="logging-out.reconciling" d="M639.2 1726.6L650.2 1726.6Q657.2 1726.6 657.2 1719.6L657.2 1705.4Q657.2 1698.4 664.2 1698.4L771.2 1698.4"/>
<path class="arrow" data-from="logging-out.locking" data-to="logging-out.revoking" d="M639.2 1737.9L931.2 1737.9"/>
<path class="arrow" data-from="logging-out.reconciling" data-to="logging-out.revoking" d="M895.2 1698.4L906.2 1698.4Q913.2 1698.4 913.2 1705.4L913.2 1716.6Q913.2 1723.6 920.2 1723.6L931.2 1723.6"/>
<path class="arrow" data-from="logging-out.revoking" data-to="logging-out.deciding" d="M1043.2 1730.7L1069.2 1730.7"/>
<path class="arrow" data-from="logging-out.deciding" data-to="logging-out.leaving" d="M1167.2 1725.1L1178.2 1725.1Q1185.2 1725.1 1185.2 1718.1L1185.2 1702.9Q1185.2 1695.9 1192.2 1695.9L1312.2 1695.9Q1319.2 1695.9 1319.2 1702.9L1319.2 1718.1Q1319.2 1725.1 1326.2 1725.1L1337.2 1725.1"/>
<path class="arrow" data-from="logging-out.deciding" data-to="logging-out.clearing" d="M1167.2 1736.4L1203.2 1736.4"/>
<path class="arrow" data-from="logging-out.clearing" data-to="logging-out.leaving" d="M1301.2 1736.4L1337.2 1736.4"/>
<path class="arrow" data-from="*" data-to="restoring" d="M2113.5 40L2113.5 70"/>
<path class="arrow" data-from="restoring" data-to="refreshing" d="M2131.4 113L2131.4 124Q2131.4 131 2130.8 131L2130.8 131Q2130.2 131 2130.2 138L2130.2 1135.9Q2130.2 1142.9 2123.2 1142.9L1841.6 1142.9Q1834.6 1142.9 1834.6 1149.9L1834.6 1172.9"/>
<path class="arrow" data-from="restoring" data-to="authenticated" d="M2113.5 113L2113.5 954.9Q2113.5 961.9 2106.5 961.9L1266.7 961.9Q1259.7 961.9 1259.7 968.9L1259.7 979.9"/>
<path class="arrow" data-from="restoring" data-to="idle" d="M2077.9 113L2077.9 124Q2077.9 131 2070.9 131L1510 131Q1503 131 1503 138L1503 200Q1503 207 1496.5 207L1496.5 207Q1490 207 1490 214L1490 225"/>
<path class="arrow" data-from="idle" data-to="awaiting-callback" d="M1506 259L1506 294Q1506 301 1499 301L786.5 301Q779.5 301 779.5 308L779.5 363"/>
<path class="arrow" data-from="idle" data-to="restoring" d="M1522 225L1522 150Q1522 143 1529 143L2088.7 143Q2095.7 143 2095.7 136L2095.7 113"/>
<path class="arrow" data-from="awaiting-callback" data-to="exchanging" d="M923.8 603.9L923.8 697.9"/>
<path class="arrow" data-from="awaiting-callback" data-to="givingUp" d="M635.2 603.9L635.2 614.9Q635.2 621.9 628.2 621.9L371 621.9Q364 621.9 364 628.9L364 897.9"/>
<path class="arrow" data-from="exchanging" data-to="givingUp" d="M875.8 817.9L875.8 872.9Q875.8 879.9 868.8 879.9L395.5 879.9Q388.5 879.9 388.5 886.9L388.5 897.9"/>
<path class="arrow" data-from="exchanging" data-to="authenticated" d="M971.8 817.9L971.8 942.9Q971.8 949.9 978.8 949.9L1181.7 949.9Q1188.7 949.9 1188.7 956.9L1188.7 979.9"/>
<path class="arrow" data-from="givingUp" data-to="authenticated" d="M380.4 931.9L380.4 954.9Q380.4 961.9 387.4 961.9L1158.1 961.9Q1165.1 961.9 1165.1 968.9L1165.1 979.9"/>
<path class="arrow" data-from="givingUp" data-to="logged-out" d="M347.7 931.9L347.7 1959.9Q347.7 1966.9 354.7 1966.9L798.1 1966.9Q805.1 1966.9 805.1 1973.9L805.1 1996.9"/>
<path class="arrow" data-from="givingUp" data-to="idle" d="M339.5 897.9L339.5 886.9Q339.5 879.9 332.5 879.9L46 879.9Q39 879.9 39 872.9L39 296Q39 289 46 289L1483 289Q1490 289 1490 282L1490 259"/>
<path class="arrow" data-from="authenticated" data-to="awaiting-callback" d="M1212.4 979.9L1212.4 603.9"/>
<path class="arrow" data-from="authenticated" data-to="logging-out" d="M1212.4 1022.9L1212.4 1057.9Q1212.4 1064.9 1205.4 1064.9L626.2 1064.9Q619.2 1064.9 619.2 1071.9L619.2 1592.9Q619.2 1599.9 626.2 1599.9L826.9 1599.9Q833.9 1599.9 833.9 1606.9L833.9 1617.9"/>
<path class="arrow" data-from="authenticated" data-to="reviewing" d="M1165.1 1022.9L1165.1 1033.9Q1165.1 1040.9 1158.1 1040.9L490.7 1040.9Q483.7 1040.9 483.7 1047.9L483.7 1253.4"/>
<path class="arrow" data-from="authenticated" data-to="refreshing" d="M1236.1 1022.9L1236.1 1135.9Q1236.1 1142.9 1229.1 1142.9L951.8 1142.9Q944.8 1142.9 944.8 1149.9L944.8 1172.9"/>
<path class="arrow" data-from="authenticated" data-to="idle" d="M1236.1 979.9L1236.1 956.9Q1236.1 949.9 1243.1 949.9L1512 949.9Q1519 949.9 1519 942.9L1519 284Q1519 277 1520.5 277L1520.5 277Q1522 277 1522 270L1522 259"/>
<path class="arrow" data-from="reviewing" data-to="idle" d="M457 1253.4L457 1149.9Q457 1142.9 450 1142.9L33 1142.9Q26 1142.9 26 1135.9L26 284Q26 277 33 277L1467 277Q1474 277 1474 270L1474 259"/>
<path class="arrow" data-from="reviewing" data-to="logged-out" d="M483.7 1296.4L483.7 1947.9Q483.7 1954.9 490.7 1954.9L812.5 1954.9Q819.5 1954.9 819.5 1961.9L819.5 1996.9"/>
<path class="arrow" data-from="reviewing" data-to="authenticated" d="M510.5 1253.4L510.5 1149.9Q510.5 1142.9 517.5 1142.9L599.2 1142.9Q606.2 1142.9 606.2 1135.9L606.2 1059.9Q606.2 1052.9 613.2 1052.9L1181.7 1052.9Q1188.7 1052.9 1188.7 1045.9L1188.7 1022.9"/>
<path class="arrow" data-from="refreshing" data-to="authenticated" d="M1241.4 1172.9L1241.4 1161.9Q1241.4 1154.9 1248.4 1154.9L1252.7 1154.9Q1259.7 1154.9 1259.7 1147.9L1259.7 1022.9"/>
<path class="arrow" data-from="refreshing" data-to="idle" d="M1538 1172.9L1538 259"/>
<path class="arrow" data-from="refreshing" data-to="logged-out" d="M1636.9 1537.9L1636.9 1959.9Q1636.9 1966.9 1629.9 1966.9L869.6 1966.9Q862.6 1966.9 862.6 1973.9L862.6 1996.9"/>
<path class="arrow" data-from="refreshing" data-to="logging-out" d="M1142.5 1537.9L1142.5 1617.9"/>
<path class="arrow" data-from="logging-out" data-to="visiting" d="M833.9 1776.9L833.9 1806.9"/>
<path class="arrow" data-from="logging-out" data-to="logged-out" d="M1142.5 1776.9L1142.5 1947.9Q1142.5 1954.9 1135.5 1954.9L855.2 1954.9Q848.2 1954.9 848.2 1961.9L848.2 1996.9"/>
<path class="arrow" data-from="visiting" data-to="logged-out" d="M833.9 1864.9L833.9 1996.9"/>
<path class="arrow" data-from="logged-out" data-to="awaiting-callback" d="M790.7 1996.9L790.7 1985.9Q790.7 1978.9 783.7 1978.9L249 1978.9Q242 1978.9 242 1971.9L242 628.9Q242 621.9 249 621.9L339.6 621.9Q346.6 621.9 346.6 614.9L346.6 603.9"/>
<path class="arrow" data-from="logged-out" data-to="restoring" d="M877 1996.9L877 1985.9Q877 1978.9 884 1978.9L2142.2 1978.9Q2149.2 1978.9 2149.2 1971.9L2149.2 113"/>
<text class="label" x="860" y="502.3">useDeviceCode</text>
<text class="label" x="1011.5" y="522.4">useDeviceCode</text>
<text class="label" x="809.2" y="1275.4">locked</text>
<text class="label" x="1436.7" y="1515.9">refreshDue</text>
<text class="label" x="1912.7" y="1353.2">refreshDue</text>
<text class="label" x="1912.7" y="1367.2">wake</text>
<text class="label" x="710.2" y="1689.4">locked</text>
<text class="label" x="710.2" y="1754.9">lockFailed</text>
<text class="label" x="753.5" y="330">signIn</text>
<text class="label" x="1542" y="172">wake</text>
<text class="label" x="1584" y="186">changedElsewhere</text>
<text class="label" x="883.8" y="657.9">redirected</text>
<text class="label" x="324" y="740.9">redirected</text>
<text class="label" x="317" y="754.9">listenFailed</text>
<text class="label" x="310" y="768.9">deadlinePassed</text>
<text class="label" x="324" y="782.9">and 2 more</text>
<text class="label" x="849.8" y="858.9">cancel</text>
<text class="label" x="1186.4" y="761.9">signIn</text>
<text class="label" x="589.7" y="1359.4">signOut</text>
<text class="label" x="422.7" y="1100.9">changedElsewhere</text>
<text class="label" x="464.7" y="1114.9">wake</text>
<text class="label" x="1206.6" y="1093.9">refresh</text>
<text class="label" x="1196.1" y="1107.9">refreshDue</text>
<text class="label" x="1217.1" y="1121.9">wake</text>
<text class="label" x="1489.5" y="650.9">refresh</text>
<text class="label" x="1479" y="664.9">refreshDue</text>
<text class="label" x="1300.7" y="1107.9">lockFailed</text>
<text class="label" x="1113" y="1578.9">signOut</text>
<text class="label" x="793.9" y="1905.9">visitEnded</text>
<text class="label" x="779.9" y="1919.9">deadlinePassed</text>
<text class="label" x="807.9" y="1933.9">cancel</text>
<text class="label" x="216" y="1107.9">signIn</text>
<text class="label" x="2211.2" y="918.9">changedElsewhere</text>
</svg>
`;

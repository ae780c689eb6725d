document.querySelector("#app")!.textContent = "Tepore";
